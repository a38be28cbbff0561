'use strict';

// Everything is found beside this page, whatever stands before it: another base path, a proxy's prefix.
const documentUrl = new URL('openapi.json', document.baseURI).href;
const apiUrl = new URL('.', documentUrl).pathname.replace(/\/$/, '');

const LANGUAGES = { fr: 'Français', en: 'English' };
/** What the address asks for (`?lang=en`); without it the browser's own wish counts. */
const wanted = new URL(document.baseURI).searchParams.get('lang');

/** So that the document, and what is tried, answer in the language that was chosen. */
function askInLanguage(request) {
  if (wanted in LANGUAGES) request.headers['Accept-Language'] = wanted;
  return request;
}

/** Says which language the page is in, and leads to the other. */
function showLanguages(current) {
  document.documentElement.lang = current;
  const links = Object.entries(LANGUAGES).map(([lang, name]) => {
    const link = document.createElement(lang === current ? 'strong' : 'a');
    if (link.href !== undefined) link.href = `?lang=${lang}`;
    link.lang = lang;
    link.textContent = name;
    return link;
  });
  const nav = document.createElement('nav');
  nav.append(...links.flatMap((link) => [link, ' ']));
  document.body.prepend(nav);
}

/** The document names the path at the server itself; the page calls the API where it was reached. */
function callHere(response) {
  if (response.url === documentUrl && response.ok) {
    const openApi = { ...JSON.parse(response.text), servers: [{ url: apiUrl }] };
    response.text = JSON.stringify(openApi);
    showLanguages(openApi['x-language']);
  }
  return response;
}

SwaggerUIBundle({
  url: documentUrl,
  dom_id: '#docs',
  // Else it looks for values of its options in the address, which anybody can make up.
  queryConfigEnabled: false,
  validatorUrl: null,
  persistAuthorization: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  requestInterceptor: askInLanguage,
  responseInterceptor: callHere,
});
