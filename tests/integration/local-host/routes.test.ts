import { describe, expect, it } from 'vitest';
import { compileRoute } from '../../../infra/local/host/routing/route.ts';

describe('route templates', () => {
  it.each([
    ['a/{id:int}', '/a/-5', { id: '-5' }],
    ['a/{id:int}', '/a/2147483648', undefined],
    ['a/{id:long}', '/a/2147483648', { id: '2147483648' }],
    ['a/{id:guid}', '/a/11111111-2222-4333-8444-555555555555', { id: '11111111-2222-4333-8444-555555555555' }],
    ['a/{id:guid}', '/a/1', undefined],
    ['a/{id:alpha}', '/a/ab1', undefined],
    ['a/{id:bool}', '/a/TRUE', { id: 'TRUE' }],
    ['a/{id:length(2,4)}', '/a/abc', { id: 'abc' }],
    ['a/{id:length(2)}', '/a/abc', undefined],
    ['a/{id:range(1,9)}', '/a/10', undefined],
    ['a/{id:int:max(9)?}', '/a', {}],
    ['a/{id:int:max(9)?}', '/a/10', undefined],
    ['a/{id:regex(^\\d{{2}}-[a:b)]$)}', '/a/12-:', { id: '12-:' }],
    ['a/{name}.{extension}', '/a/b.txt', { name: 'b', extension: 'txt' }],
    ['a/{x=1}/{y?}', '/a', { x: '1' }],
    ['a/{*rest}', '/a', {}],
    ['a/{*rest}', '/a/b/c', { rest: 'b/c' }],
    ['a/{**rest}', '/a/b', { rest: 'b' }],
    ['a.b/{c}', '/axb/c', undefined],
    ['A/{Id}', '/a/X', { Id: 'X' }],
    ['a/{id}', '/a/%E4%F6', { id: '%E4%F6' }],
    ['a/{id}', '/a//', undefined],
    ['', '/', {}],
  ])('%s on %s', (template, path, values) => {
    expect(compileRoute(template).match(path)).toEqual(values);
  });

  it.each(['a/{id', 'a/}b', 'a/{id}/{ID}', 'a/{*rest}/b', 'a/{id:unknown}', 'a//b'])('refuses %s', (template) => {
    expect(() => compileRoute(template)).toThrow();
  });
});
