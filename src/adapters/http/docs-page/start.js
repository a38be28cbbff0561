'use strict';

// Everything is found beside this page, whatever stands before it: another base path, a proxy's prefix.
const documentUrl = new URL('openapi.json', document.baseURI).href;
const apiUrl = new URL('.', documentUrl).pathname.replace(/\/$/, '');

/** The document names the path at the server itself; the page calls the API where it was reached. */
function callHere(response) {
  if (response.url === documentUrl && response.ok) {
    const openApi = { ...JSON.parse(response.text), servers: [{ url: apiUrl }] };
    response.text = JSON.stringify(openApi);
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
  responseInterceptor: callHere,
});
