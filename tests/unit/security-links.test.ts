import { describe, expect, it } from 'vitest';
import { isAllowedReturnUrl } from '../../shared/api/connect/return-url.ts';
import { ownLink } from '../../shared/graph/origin.ts';

describe('a return address', () => {
  const allowed = ['https://app.example.com/back', 'https://docs.example.com/app/', 'https://q.example.com/r?to='];

  it.each([
    'https://app.example.com/backdoor',
    'https://app.example.com/back.evil',
    'https://app.example.com/back%2f..%2fevil/../../x',
    'https://app.example.com./back',
    'https://app.example.com:444/back',
    'https://app.example.com\\@evil.example/back',
    'https://app.example.com%2eevil.example/back',
    'https:////evil.example/back',
    'https://evil.example\\.app.example.com/back',
    'https://evil.example#https://app.example.com/back',
    'https://evil.example?https://app.example.com/back',
    '//app.example.com/back',
    'HTTPS://EVIL.example/back',
    'https://app.example.com/BACK',
    'https://app.example.com/\tback/../evil',
    'https://xn--pp-0ka.example.com/back',
    'blob:https://app.example.com/back',
    'data:text/html,https://app.example.com/back',
  ])('is not %s', (address) => {
    expect(isAllowedReturnUrl(address, allowed)).toBe(false);
  });

  it.each([
    'https://app.example.com/back',
    'https://app.example.com/back/',
    'https://app.example.com/back?x=1',
    'https://app.example.com/back#x',
    'HTTPS://APP.example.com:443/back',
    'https://docs.example.com/app/deep',
    'https://q.example.com/r?to=home',
  ])('may be %s', (address) => {
    expect(isAllowedReturnUrl(address, allowed)).toBe(true);
  });
});

describe('a link of Graph (P16)', () => {
  const graph = 'https://graph.microsoft.com';

  it.each([
    'https://graph.microsoft.com.evil.example/v1.0/me',
    'https://graph.microsoft.com@evil.example/v1.0/me',
    'https://user:word@graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com:444/v1.0/me',
    'http://graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com./v1.0/me',
    'https://evil.example\\@graph.microsoft.com/',
    'blob:https://graph.microsoft.com/v1.0/me',
    '//graph.microsoft.com/v1.0/me',
    '/v1.0/me',
    '',
  ])('is not %s', (link) => {
    expect(() => ownLink(link, graph)).toThrow(/leads away/);
  });

  it('is one of the very origin, spelt in any way', () => {
    expect(ownLink('HTTPS://GRAPH.microsoft.com:443/v1.0/me', graph).href).toBe(`${graph}/v1.0/me`);
  });
});
