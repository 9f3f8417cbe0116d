import chromium from '@sparticuz/chromium';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startMicrosoft, type MicrosoftServer } from '../../infra/local/graph/server.ts';

const UPN = 'adele@contoso.example';
const BOSS = 'boss@contoso.example';
const snapshot = z.object({ events: z.array(z.looseObject({ subject: z.string() })) });

let server: MicrosoftServer;
let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  server = await startMicrosoft();
  await post('/users', { userPrincipalName: UPN, displayName: 'Adele Vance', events: 60, delegated: BOSS });
  browser = await puppeteer.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--no-sandbox'],
    headless: 'shell',
  });
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.setViewport({ width: 1400, height: 900 });
  await page.goto(`${server.control}/`);
  await page.waitForSelector('#calendars button');
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
  const all = snapshot.parse(await (await fetch(`${server.control}/users/${UPN}/events`)).json());
  return all.events.find((one) => one.subject === subject);
}

const waitForText = (selector: string, text: string) =>
  page.waitForFunction(
    `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`,
  );

it('shows calendars with what is ahead, those of others too', async () => {
  await page.locator('#calendars button ::-p-text(Calendar)').click();
  await waitForText('#count', 'ahead');
  expect(await page.$$eval('#messages li:not(.day)', (rows) => rows.length)).toBeGreaterThan(20);
  await page.locator('#calendars button ::-p-text(Boss)').click();
  await waitForText('#title', 'Boss');
  await page.locator('#messages li:not(.day)').click();
  await waitForText('#reading dl', 'When');
  expect(faults).toEqual([]);
});

it('makes, changes and deletes events as a person does', async () => {
  await page.locator('#calendars button ::-p-text(Calendar)').click();
  await waitForText('#title', 'Calendar');
  await page.click('#new-event');
  await page.type('#event [name=subject]', '<i>Typed</i> by hand');
  await page.click('#event [name=online]');
  await page.select('#event [name=repeat]', 'weekly');
  await page.click('#event button[value=save]');
  await waitForText('#toast', 'Saved.');
  expect(await truth('<i>Typed</i> by hand')).toMatchObject({ type: 'seriesMaster', isOnlineMeeting: true });
  await page.type('#search', 'typed');
  await waitForText('#count', 'found');
  await page.locator('#messages li:not(.day)').click();
  await waitForText('#reading h2', '<i>Typed</i> by hand');
  await waitForText('#reading dl', 'https://teams.microsoft.com/');
  await page.locator('#reading ::-p-text(Edit)').click();
  await page.type('#event [name=place]', 'Room 7');
  await page.click('#event button[value=save]');
  await waitForText('#reading dl', 'Room 7');
  await page.locator('#reading ::-p-text(Delete the series)').click();
  await waitForText('#count', '0 found');
  expect(await truth('<i>Typed</i> by hand')).toBeUndefined();
  expect(faults).toEqual([]);
});

it('answers invitations', async () => {
  await page.evaluate(`document.querySelector('#search').value = ''`);
  const start = new Date(Date.now() + 3_600_000).toISOString();
  const end = new Date(Date.now() + 7_200_000).toISOString();
  const time = (dateTime: string): object => ({ dateTime, timeZone: 'UTC' });
  const attendees = [{ emailAddress: { address: UPN } }];
  await post(`/users/${BOSS}/events`, { subject: 'Summons', start: time(start), end: time(end), attendees });
  await page.type('#search', 'Summons');
  await waitForText('#count', '1 found');
  await page.locator('#messages li:not(.day)').click();
  await waitForText('#reading dl', 'notResponded');
  await page.locator('#reading ::-p-text(Accept)').click();
  await waitForText('#reading dl', 'accepted');
  expect(await truth('Summons')).toMatchObject({ responseStatus: { response: 'accepted' } });
  expect(faults).toEqual([]);
});
