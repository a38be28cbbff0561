import type { Page } from 'playwright-core';

/** What Swagger UI showed of an operation that was tried out. */
export interface TriedOut {
  readonly answer: string;
  readonly url: string;
}

/** Puts a token in, as somebody does who has one. */
export async function authorise(page: Page, token: string): Promise<void> {
  await page.locator('.auth-wrapper .authorize').first().click();
  await page.locator('.modal-ux input').fill(token);
  await page.locator('.modal-ux .auth.authorize').click();
  await page.locator('.modal-ux .btn-done').click();
}

/** Tries an operation out: opens it, fills in its path's `id` and its body, and presses Execute. */
export async function tryOut(
  page: Page,
  operationId: string,
  { id, body }: { id?: number; body?: object } = {},
): Promise<TriedOut> {
  const operation = page.locator(`.opblock[id$="${operationId.replace('.', '\\\\.')}"]`);
  if ((await operation.locator('.try-out__btn').count()) === 0) {
    await operation.locator('.opblock-summary-control').click();
  }
  await operation.locator('.try-out__btn').click();
  if (id !== undefined) {
    await operation.locator('tr[data-param-name="id"] input').fill(String(id));
  }
  if (body) await operation.locator('.body-param__text').fill(JSON.stringify(body));
  await operation.locator('.execute').click();
  const answer = operation.locator('.live-responses-table .highlight-code code').first();
  await answer.waitFor();
  return {
    answer: await answer.innerText(),
    url: await operation.locator('.request-url pre').innerText(),
  };
}
