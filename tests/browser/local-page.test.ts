import chromium from '@sparticuz/chromium';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startMicrosoft, type MicrosoftServer } from '../../infra/local/graph/server.ts';

const UPN = 'adele@contoso.example';
const snapshot = z.object({
  folders: z.array(z.object({ id: z.string(), wellKnownName: z.string().nullable() })),
  messages: z.array(
    z.object({
      subject: z.string(),
      isRead: z.boolean(),
      parentFolderId: z.string(),
      flag: z.object({ flagStatus: z.string() }),
    }),
  ),
});

let server: MicrosoftServer;
let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  server = await startMicrosoft();
  await post('/users', { userPrincipalName: UPN, displayName: 'Adele Vance', messages: 40, contacts: 40 });
  browser = await puppeteer.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--no-sandbox'],
    headless: 'shell',
  });
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`${server.control}/`);
  await page.waitForSelector('#messages li');
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${server.control}${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
}

async function truth(subject: string) {
  const all = snapshot.parse(await (await fetch(`${server.control}/users/${UPN}/snapshot`)).json());
  const message = all.messages.find((one) => one.subject === subject);
  return { ...message, folder: all.folders.find((one) => one.id === message?.parentFolderId)?.wellKnownName };
}

const waitForText = (selector: string, text: string) =>
  page.waitForFunction(
    `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`,
  );

it('shows mail that arrives while one looks, without running what is in it', async () => {
  const subject = '<img src=x onerror="document.title=1"> arrives';
  const body = { contentType: 'html', content: '<p>Hello</p><script>parent.document.title="owned"</script>' };
  await post(`/users/${UPN}/messages`, { subject, from: 'megan@fabrikam.example', body });
  await waitForText('#messages li', subject);
  await page.click('#messages li');
  await waitForText('#reading h2', subject);
  expect(await page.title()).toBe('Local Microsoft 365');
});

it('sends, marks, flags, moves and deletes as a person does', async () => {
  await page.click('#compose');
  await page.type('#composer [name=subject]', 'Typed by hand');
  await page.type('#composer [name=body]', 'Some text');
  await page.click('#composer button[value=send]');
  await waitForText('#messages li', 'Typed by hand');
  await page.click('#messages li');
  await waitForText('#reading h2', 'Typed by hand');
  await page.click('.actions button:nth-of-type(1)');
  await waitForText('.actions button:nth-of-type(1)', 'Mark as unread');
  await page.click('.actions button:nth-of-type(2)');
  await waitForText('.actions button:nth-of-type(2)', 'Clear flag');
  expect(await truth('Typed by hand')).toMatchObject({
    isRead: true,
    flag: { flagStatus: 'flagged' },
    folder: 'inbox',
  });
  const find = `[...document.querySelectorAll('.actions option')].find((one) => one.textContent === 'Archive').value`;
  const archive = String(await page.evaluate(find));
  await page.select('.actions select', archive);
  await waitForText('#reading', 'Select a message');
  expect((await truth('Typed by hand')).folder).toBe('archive');
  await page.locator('#folders ::-p-text(Archive)').click();
  await waitForText('#title', 'Archive');
  await waitForText('#messages li', 'Typed by hand');
  await page.click('#messages li');
  await page.waitForSelector('.actions .danger');
  await page.click('.actions .danger');
  await waitForText('#toast', 'Deleted.');
  expect((await truth('Typed by hand')).folder).toBe('deleteditems');
  expect(faults).toEqual([]);
});

it('shows contacts by folder, and makes, changes, moves and deletes them', async () => {
  const contacts = z.object({
    contacts: z.array(z.looseObject({ displayName: z.string(), isDeleted: z.boolean() })),
  });
  const contact = async (name: string) =>
    contacts
      .parse(await (await fetch(`${server.control}/users/${UPN}/snapshot`)).json())
      .contacts.find((one) => one.displayName === name);
  await page.setViewport({ width: 1400, height: 900 });
  await page.locator('#contact-folders ::-p-text(Region Nord)').click();
  await waitForText('#title', 'Region Nord');
  await waitForText('#count', '5 contacts');
  await page.locator('#messages li').click();
  await waitForText('#reading dl', 'Business address');

  await page.click('#new-contact');
  await page.type('#person [name=givenName]', 'Zoë');
  await page.type('#person [name=surname]', '<b>Groß</b>');
  await page.type('#person [name=emails]', 'zoe@x.example, z@x.example');
  await page.click('#person button[value=save]');
  await waitForText('#count', '6 contacts');
  expect(await contact('Zoë <b>Groß</b>')).toMatchObject({
    emailAddresses: [{ address: 'zoe@x.example' }, { address: 'z@x.example' }],
  });

  await page.type('#search', 'zoe@x');
  await waitForText('#count', '1 found');
  await page.locator('#messages li').click();
  await waitForText('#reading h2', 'Zoë <b>Groß</b>');
  await page.locator('#reading ::-p-text(Edit)').click();
  await page.type('#person [name=mobilePhone]', '+49 171 1');
  await page.click('#person button[value=save]');
  await waitForText('#reading dl', '+49 171 1');

  const find = `[...document.querySelectorAll('.actions option')].find((one) => one.textContent.includes('Family')).value`;
  await page.select('.actions select', String(await page.evaluate(find)));
  await waitForText('#count', '0 found');
  await page.locator('#contact-folders ::-p-text(Family)').click();
  await waitForText('#messages li', 'Zoë');
  await page.locator('#messages li').click();
  await page.locator('#reading ::-p-text(Delete)').click();
  await waitForText('#toast', 'Deleted.');
  expect(await contact('Zoë <b>Groß</b>')).toMatchObject({ isDeleted: true, mobilePhone: '+49 171 1' });
  expect(faults).toEqual([]);
});
