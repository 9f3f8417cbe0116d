import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepTeamsBlock, type EventBody } from '../../shared/domains/calendar/teams-block.ts';
import { joinLinksIn, readJoinUrl } from '../../shared/domains/calendar/teams-links.ts';
import { teamsOf } from '../../shared/domains/calendar/teams.ts';
import { JOIN_URL, samples, TEXT_BLOCK } from '../support/teams-bodies.ts';

const html = (content: string): EventBody => ({ contentType: 'html', content });
const text = (content: string): EventBody => ({ contentType: 'text', content });
const safe = (url: string, host = 'eur01.safelinks.protection.outlook.com'): string =>
  `https://${host}/ap/t-59584e83/?url=${encodeURIComponent(url)}&data=05%7C02%7Cada%40demo.example&sdata=x%3D&reserved=0`;

describe('a Teams link', () => {
  it.each([
    JOIN_URL,
    'https://teams.live.com/meet/9312345678901?p=abcDEF',
    'https://teams.microsoft.com/meet/23456789012?p=abcDEF',
    'https://teams.cloud.microsoft/l/meetup-join/19%3ameeting_x%40thread.v2/0',
    'https://gov.teams.microsoft.us/l/meetup-join/19%3ameeting_x%40thread.v2/0',
    'https://dod.teams.microsoft.us/l/meetup-join/19%3ameeting_x%40thread.v2/0',
    'https://teams.microsoftonline.cn/l/meetup-join/19%3ameeting_x%40thread.v2/0',
    'https://teams.microsoft.com/_#/l/meetup-join/19:meeting_x@thread.v2/0',
  ])('is %s, also wrapped by Safe Links', (url) => {
    expect(readJoinUrl(url)).toBe(url);
    expect(readJoinUrl(safe(url))).toBe(url);
    expect(readJoinUrl(safe(safe(url), 'gcc02.safelinks.protection.office365.us'))).toBe(url);
    expect(joinLinksIn(`Join (${url}).`).map((each) => each.joinUrl)).toEqual([url]);
    const inHtml = safe(url).replaceAll('&', '&amp;');
    expect(joinLinksIn(`<a href="${inHtml}">x</a> &lt;${url}&gt;`).map((each) => each.joinUrl)).toEqual([url, url]);
  });

  it.each([
    'https://teams.microsoft.com/meetingOptions/?organizerId=1',
    'https://teams.microsoft.com/l/channel/19%3a1/General',
    'https://teams.microsoft.com/meet/',
    'http://teams.microsoft.com/l/meetup-join/19%3a1/0',
    'https://teams.microsoft.com.evil.example/l/meetup-join/19%3a1/0',
    'https://evilteams.microsoft.com/l/meetup-join/19%3a1/0',
    'https://evil.example/?url=https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F1',
    'https://zoom.us/j/123456789',
    'https://',
    'teams',
  ])('is not %s', (url) => {
    expect(readJoinUrl(url)).toBeNull();
  });
});

describe('the Teams meeting of an event', () => {
  const meeting = { joinUrl: JOIN_URL, conferenceId: '291633251' };

  it('is taken from onlineMeeting before all else', () => {
    const onlineMeeting = { joinUrl: JOIN_URL, conferenceId: '177639086' };
    const body = 'Join https://teams.live.com/meet/1 Conference ID: 291 633 251#';
    expect(teamsOf({ onlineMeeting, body })).toEqual({ joinUrl: JOIN_URL, conferenceId: '177639086' });
  });

  it.each([
    ['177 639 086', '177 639 086'],
    [' 177639086# ', '177639086'],
    ['conf-7a', 'conf-7a'],
    [' ', '291633251'],
    ['#', '291633251'],
    [null, '291633251'],
  ])('keeps the conference id %j of onlineMeeting as it is, where it is one', (conferenceId, is) => {
    const body = 'Conference ID: 291 633 251#';
    expect(teamsOf({ onlineMeeting: { joinUrl: JOIN_URL, conferenceId }, body })?.conferenceId).toBe(is);
  });

  it.each([
    'Conference ID: 291 633 251',
    'Phone Conference ID: 291633251',
    'Phone conference id: <b>291 633 251</b>, Room 4',
    'Telefonkonferenz-ID:&nbsp;291&nbsp;633&nbsp;251',
    'Conference\r\nID: 291 633 251 10 people',
    'Conference ID: 291 633 251\r\n100 Main Street',
    'Telefon: 291 633 251#.',
    'Numbers <a href="https://dialin.teams.microsoft.com/b7d5-1?x=1&amp;id=291633251">here</a>',
  ])('has the conference id that its texts tell, the location among them: %s', (told) => {
    for (const of of [
      { location: { displayName: told } },
      { locations: [{ displayName: 'Room 5' }, { displayName: told }] },
      { body: told },
      { body: `Old agenda\r\n${told}\r\nOld postscript` },
    ]) {
      expect(teamsOf({ onlineMeeting: { joinUrl: JOIN_URL }, ...of })).toEqual(meeting);
      expect(teamsOf({ onlineMeetingUrl: JOIN_URL, ...of })).toEqual(meeting);
    }
  });

  it.each([
    'Meeting ID: 234 567 890 12',
    'Meeting ID: 234 567 890',
    'Video Conference ID: 118 123 456 7',
    'Video Conference ID: 118 123 456',
    'Videokonferenz-ID: 118 123 456',
    'The conference ID is told at 10:30, 2026',
    'Conference ID: 2026',
    'Conference ID: 291 633 251abc',
    'See https://shop.example/items/123456#top and 123 456 #2',
    'See https://shop.example/items/123456# and https://shop.example/?item=123456#',
    'Call +1 323 555 010# or order 1,234,567#',
    '<p style="color:#123456">123 456 789</p>',
  ])('has no conference id by ordinary text: %s', (told) => {
    for (const of of [{ location: { displayName: told } }, { body: told }])
      expect(teamsOf({ onlineMeeting: { joinUrl: JOIN_URL }, ...of })).toEqual({
        joinUrl: JOIN_URL,
        conferenceId: null,
      });
  });

  it('is taken from onlineMeetingUrl, the locations and the body, in this order', () => {
    const url = (id: number) => `https://teams.live.com/meet/${id}`;
    const all = {
      onlineMeeting: null,
      onlineMeetingUrl: url(1),
      location: { displayName: `Room 5; ${url(2)}` },
      locations: [{ displayName: 'Room 5' }, { displayName: 'Teams', locationUri: url(3) }],
      body: `Join at ${url(4)}!`,
    };
    const found = (of: object) => teamsOf({ ...all, ...of })?.joinUrl;
    expect(found({})).toBe(url(1));
    expect(found({ onlineMeetingUrl: '' })).toBe(url(2));
    expect(found({ onlineMeetingUrl: null, location: null })).toBe(url(3));
    expect(found({ onlineMeetingUrl: null, location: null, locations: [] })).toBe(url(4));
    expect(found({ onlineMeetingUrl: null, location: null, locations: null, body: null })).toBeUndefined();
  });

  it.each(samples)('is read from a body $name, with its conference id', (sample) => {
    expect(teamsOf({ body: sample.html })).toEqual(meeting);
    expect(teamsOf({ onlineMeeting: { joinUrl: JOIN_URL }, body: sample.html })).toEqual(meeting);
  });

  it('is read from a text, with its conference id', () => {
    expect(teamsOf({ body: `Agenda\r\n${TEXT_BLOCK}` })).toEqual(meeting);
    expect(teamsOf({ body: `Meeting ID: 234 567 890 12\r\n${JOIN_URL}` })?.conferenceId).toBeNull();
    expect(teamsOf({ body: 'Conference ID: 291 633 251#' })).toBeNull();
    const dialled = `<a href="${JOIN_URL}">x</a> Pin: 111 222# <a href="tel:+441632960000,,291633251#">0163</a>`;
    expect(teamsOf({ body: dialled })).toEqual(meeting);
  });

  it('believes an event that says it is Teams, whatever the host', () => {
    const onlineMeeting = { joinUrl: 'https://meet.example/42' };
    expect(teamsOf({ onlineMeeting, onlineMeetingProvider: 'teamsForBusiness' })?.joinUrl).toBe(
      'https://meet.example/42',
    );
    expect(teamsOf({ onlineMeeting, onlineMeetingProvider: 'skypeForBusiness' })).toBeNull();
    expect(
      teamsOf({ onlineMeeting: { joinUrl: 'javascript:x' }, onlineMeetingProvider: 'teamsForBusiness' }),
    ).toBeNull();
  });
});

describe('a new body for an online meeting', () => {
  it.each(samples)('keeps the block $name, and nothing else of the old body', ({ html: held, block }) => {
    const kept = keepTeamsBlock(html(held), html('<html><body><p>New agenda</p></body></html>'));
    expect(kept).toEqual(html(`<html><body><p>New agenda</p>\r\n${block}\r\n</body></html>`));
    expect(kept.content).not.toContain('Old');
    expect(teamsOf({ body: kept.content })).toEqual({ joinUrl: JOIN_URL, conferenceId: '291633251' });
  });

  it.each(samples)('keeps the block $name below text and parts of HTML', ({ html: held, block }) => {
    expect(keepTeamsBlock(html(held), text('New <agenda>\r\n& more')).content).toBe(
      `<div>New &lt;agenda&gt;<br>\r\n&amp; more</div>\r\n${block}\r\n`,
    );
    expect(keepTeamsBlock(html(held), html('New')).content).toBe(`New\r\n${block}\r\n`);
    expect(keepTeamsBlock(html(held), html('')).content).toBe(`\r\n${block}\r\n`);
  });

  it('keeps the block of a text', () => {
    const held = text(`Old agenda\r\n${TEXT_BLOCK}\r\nOld end`);
    expect(keepTeamsBlock(held, text('New'))).toEqual(text(`New\r\n\r\n${TEXT_BLOCK}`));
    const turned = keepTeamsBlock(held, html('<p>New</p>'));
    expect(turned.content).toContain(`<a href="${JOIN_URL}">`);
    expect(turned.content).not.toContain('Old');
    expect(teamsOf({ body: turned.content })).toEqual({ joinUrl: JOIN_URL, conferenceId: '291633251' });
  });

  it('goes as it is where it has the link of this meeting', () => {
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    for (const wanted of [html(`<p>New ${JOIN_URL}</p>`), text(TEXT_BLOCK), html(sample.html)])
      expect(keepTeamsBlock(html(sample.html), wanted)).toBe(wanted);
    const query = `${JOIN_URL}&x=1`;
    const escaped = html(`<a href="${query.replaceAll('&', '&amp;')}">Join</a>`);
    expect(keepTeamsBlock(text(`Old ${query}`), escaped)).toBe(escaped);
  });

  it('has the block added where its link is another, or spelt otherwise: Outlook may not know it for its own', () => {
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    for (const other of ['https://teams.live.com/meet/1', JOIN_URL.replace('%3a', '%3A'), safe(JOIN_URL)])
      expect(keepTeamsBlock(html(sample.html), html(other)).content).toContain(sample.block);
  });

  it.each(samples)(
    'keeps the block $name of the meeting itself, whichever others are named above it',
    ({ html: held, block }) => {
      const other = 'https://teams.microsoft.com/l/meetup-join/19%3aOTHER/0';
      const named = html(held.replace('Old', `Old <a href="${other}">other</a>`));
      expect(joinLinksIn(named.content)[0]?.joinUrl).toBe(other);
      for (const own of [JOIN_URL, JOIN_URL.replaceAll('%3a', '%3A'), null])
        for (const wanted of [html(`<p>After ${other}</p>`), html('<p>After it</p>')]) {
          const kept = keepTeamsBlock(named, wanted, own);
          expect(kept.content).toBe(`${wanted.content}\r\n${block}\r\n`);
          expect(keepTeamsBlock(named, kept, own)).toBe(kept);
        }
      // Below it, too, where the meeting says which link is its own.
      const below = html(held.replace('</body>', `<p>${other}</p></body>`));
      expect(keepTeamsBlock(below, html('New'), JOIN_URL).content).toBe(`New\r\n${block}\r\n`);
    },
  );

  it('goes as it is where there is no link to keep', () => {
    const wanted = html('<p>New</p>');
    expect(keepTeamsBlock(html('<p>Old</p>'), wanted)).toBe(wanted);
    expect(keepTeamsBlock(text(''), wanted)).toBe(wanted);
  });

  it('keeps what holds the link where no ruler tells the block', () => {
    const held = html(`<html><body><p>Old</p><div><p>Join: <a href="${JOIN_URL}">here</a></p></div></body></html>`);
    expect(keepTeamsBlock(held, html('New')).content).toBe(
      `New\r\n<div><p>Join: <a href="${JOIN_URL}">here</a></p></div>\r\n`,
    );
  });

  it('is not misled by tags in quotes, comments and styles', () => {
    const noise = '<!-- > <div> --><img alt="x> <div>"><a title=\'x> <div>\'>Old</a><script>a = "<!--";</script>';
    const held = html(`<html><body><div>${noise}</div><p>${JOIN_URL}</p></body></html>`);
    expect(keepTeamsBlock(held, html('New')).content).toBe(`New\r\n<p>${JOIN_URL}</p>\r\n`);
  });

  it('keeps the link whatever both bodies are, and once is enough', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '<div>',
        '</div>',
        '<p>',
        '</body>',
        '<body>',
        '<!--',
        '-->',
        '<a href="',
        "'",
        '>',
        '_'.repeat(30),
      ),
      fc.constantFrom('<style>', '</style>', '<br/>', '</p>', '\r\n', '&lt;', '</html>'),
    );
    const soup = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    const contentType = fc.constantFrom<EventBody['contentType']>('html', 'text');
    const bodies = fc.record({ contentType, content: soup });
    fc.assert(
      fc.property(soup, bodies, bodies, (before, rest, wanted) => {
        const held = { ...rest, content: `${before} ${JOIN_URL} ${rest.content}` };
        const kept = keepTeamsBlock(held, wanted);
        expect(joinLinksIn(kept.content).map((each) => each.joinUrl)).toContain(JOIN_URL);
        expect(keepTeamsBlock(held, kept)).toBe(kept);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    '<div>',
    '</div>',
    '<',
    '<a "',
    '<!--',
    '_',
    "<a b='",
    '</body>',
    'https://',
    '&amp;',
    '<style>',
    '<p></div>',
    'Conference ID: ',
    'conference-id:123 ',
    'dialin.teams.microsoft.com/?',
    'tel:',
    '123 ',
    ' ',
  ])('takes no longer than a body of a mebibyte needs: %s', (piece) => {
    const flood = piece.repeat(Math.floor(500_000 / piece.length));
    const started = performance.now();
    keepTeamsBlock(html(`${flood}${JOIN_URL} ${flood}`), html(flood));
    teamsOf({ body: flood });
    teamsOf({ onlineMeeting: { joinUrl: JOIN_URL }, body: flood });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
