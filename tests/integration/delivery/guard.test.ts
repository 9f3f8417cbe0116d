import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../support/self-signed.ts';
import { at, closeSites, like, lookupOf, notLike, ok, open, sender, startSite } from './support.ts';

afterEach(closeSites);

describe('a target that nothing is sent to', () => {
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST.', '[::ffff:127.0.0.1]', '127.1', '0x7f.1', '[::1]'])(
    'is %s without the setting: no connection is made',
    async (host) => {
      const site = await ok();
      for (const scheme of ['http', 'https']) {
        const answer = await sender({ allowPrivate: false })(`${scheme}://${host}:${site.port}/`);
        expect(answer).toMatchObject({
          outcome: 'refused',
          status: null,
          error: like(/^address_refused/),
        });
      }
      expect(site.counts.connections).toBe(0);
    },
  );

  it.each([
    [['127.0.0.1']],
    [['10.0.0.1']],
    [['169.254.169.254']],
    [['168.63.129.16']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['93.184.216.34', '127.0.0.1']],
    [['127.0.0.1', '93.184.216.34']],
    [['2606:2800:220:1::1', 'fd00::1']],
  ])('is a public name that means %j', async (answer) => {
    const site = await ok();
    const found = lookupOf(answer);
    const sent = await sender({ allowPrivate: false, lookup: found.lookup })(
      `https://rebind.example.com:${site.port}/`,
    );
    expect(sent).toMatchObject({ outcome: 'refused', status: null, error: like(/^address_refused/) });
    expect(found.asked).toBe(1);
    expect(site.counts.connections).toBe(0);
  });

  it('is a name whose meaning changes after it was found good: each connection is judged by its own look-up', async () => {
    const tls = selfSigned('rebind.example.com');
    const site = await open(startSite((_request, response) => response.end(), tls));
    // The first answer leads nowhere; the second one would lead here.
    const found = lookupOf(['2606:2800:220:1::1'], ['127.0.0.1']);
    const send = sender({ allowPrivate: false, lookup: found.lookup, ca: tls.cert, deadlineMs: 300 });
    const url = `https://rebind.example.com:${site.port}/`;
    expect(await send(url)).toMatchObject({ outcome: 'refused', error: notLike(/^address_refused/) });
    expect(await send(url)).toMatchObject({ outcome: 'refused', error: like(/^address_refused/) });
    expect(found.asked).toBe(2);
    expect(site.counts.connections).toBe(0);
  });

  it('is the metadata service by name even where private addresses are allowed, and http to a public address', async () => {
    const metadata = lookupOf(['169.254.169.254']);
    expect(await sender({ lookup: metadata.lookup })('http://metadata.corp.example/')).toMatchObject({
      error: like(/^address_refused/),
    });
    const open = lookupOf(['93.184.216.34']);
    expect(await sender({ lookup: open.lookup })('http://clear.example.com/')).toMatchObject({
      error: like(/^address_refused/),
    });
  });

  it.each([301, 302, 303, 307, 308])('is what a %s points to: redirects are a failure', async (status) => {
    const inner = await ok();
    const site = await open(
      startSite((_request, response) => response.writeHead(status, { location: at(inner) }).end()),
    );
    expect(await sender()(at(site))).toMatchObject({
      outcome: 'refused',
      status,
      gone: false,
      error: `status_${status}: answered ${status}: redirects are not followed, give the final address`,
    });
    expect(inner.counts.connections).toBe(0);
  });
});
