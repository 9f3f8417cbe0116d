import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntities } from '../../shared/domains/calendar/html-text.ts';
import { keepTeamsBlock, type EventBody } from '../../shared/domains/calendar/teams-block.ts';
import { joinLinksIn, readJoinUrl } from '../../shared/domains/calendar/teams-links.ts';
import { teamsOf } from '../../shared/domains/calendar/teams.ts';
import { JOIN_URL, samples, TEXT_BLOCK } from '../support/teams-bodies.ts';

const html = (content: string): EventBody => ({ contentType: 'html', content });
const text = (content: string): EventBody => ({ contentType: 'text', content });
const keep = (held: EventBody, wanted: EventBody, joinUrl: string | null = null): EventBody =>
  keepTeamsBlock(held, wanted, { isOnline: true, joinUrl });
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
    const kept = keep(html(held), html('<html><body><p>New agenda</p></body></html>'));
    expect(kept).toEqual(html(`<html><body><p>New agenda</p>\r\n${block}\r\n</body></html>`));
    expect(kept.content).not.toContain('Old');
    expect(teamsOf({ body: kept.content })).toEqual({ joinUrl: JOIN_URL, conferenceId: '291633251' });
  });

  it.each(samples)('keeps the block $name below text and parts of HTML', ({ html: held, block }) => {
    expect(keep(html(held), text('New <agenda>\r\n& more')).content).toBe(
      `<div>New &lt;agenda&gt;<br>\r\n&amp; more</div>\r\n${block}\r\n`,
    );
    expect(keep(html(held), html('New')).content).toBe(`New\r\n${block}\r\n`);
    expect(keep(html(held), html('')).content).toBe(`\r\n${block}\r\n`);
  });

  it('keeps the block of a text', () => {
    const held = text(`Old agenda\r\n${TEXT_BLOCK}\r\nOld end`);
    expect(keep(held, text('New'))).toEqual(text(`New\r\n\r\n${TEXT_BLOCK}`));
    const turned = keep(held, html('<p>New</p>'));
    expect(turned.content).toContain(`<a href="${JOIN_URL}">`);
    expect(turned.content).not.toContain('Old');
    expect(teamsOf({ body: turned.content })).toEqual({ joinUrl: JOIN_URL, conferenceId: '291633251' });
  });

  it.each(samples)('goes as it is where it holds the block $name, as Exchange writes it anew', (sample) => {
    const rewrapped = sample.block
      .replaceAll(/\s+/g, '\n ')
      .replaceAll('<div', '<div class="x_1"')
      .replaceAll('&#43;', '+');
    const linked = sample.block.replaceAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)/g, '$2&lt;$1&gt;');
    const asText = decodeEntities(linked.replaceAll(/<[^<>]*>/g, ''));
    for (const wanted of [html(sample.html), html(`<p>New</p>${rewrapped}<p>More</p>`), text(`New\r\n${asText}`)])
      for (const own of [JOIN_URL, null]) expect(keep(html(sample.html), wanted, own)).toBe(wanted);
  });

  it.each(samples)('keeps the block $name though the new words name its link, each time', ({ html: held, block }) => {
    for (const own of [JOIN_URL, null])
      for (const wanted of [
        html(`<html><body><p>New agenda, join: <a href="${JOIN_URL}">here</a></p></body></html>`),
        html(`<html><body><p>${'_'.repeat(80)}</p><p>${JOIN_URL}</p><p>${'_'.repeat(80)}</p></body></html>`),
      ]) {
        const kept = keep(html(held), wanted, own);
        expect(kept.content).toBe(wanted.content.replace('</body>', `\r\n${block}\r\n</body>`));
        expect(teamsOf({ body: kept.content })).toEqual({ joinUrl: JOIN_URL, conferenceId: '291633251' });
        expect(keep(html(held), kept, own)).toBe(kept);
        // It stands in the held body now, below words that name the link, too.
        expect(keep(kept, wanted, own)).toEqual(kept);
        expect(keep(kept, html('Newest'), own).content).toBe(`Newest\r\n${block}\r\n`);
      }
    const asText = text(`Old\r\n${TEXT_BLOCK}`);
    const kept = keep(asText, text(`Join: ${JOIN_URL}`));
    expect(kept).toEqual(text(`Join: ${JOIN_URL}\r\n\r\n${TEXT_BLOCK}`));
    expect(keep(asText, kept)).toBe(kept);
  });

  it('goes as it is where it has the link, and no rulers tell a block', () => {
    const query = `${JOIN_URL}&x=1`;
    const escaped = html(`<a href="${query.replaceAll('&', '&amp;')}">Join</a>`);
    expect(keep(text(`Old ${query}`), escaped)).toBe(escaped);
    expect(keep(escaped, text(query))).toEqual(text(query));
  });

  it('has the block added where its link is another, or spelt otherwise: Outlook may not know it for its own', () => {
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    for (const other of ['https://teams.live.com/meet/1', JOIN_URL.replace('%3a', '%3A'), safe(JOIN_URL)])
      expect(keep(html(sample.html), html(other)).content).toContain(sample.block);
  });

  it.each(samples)(
    'keeps the block $name of the meeting itself, whichever others are named above it',
    ({ html: held, block }) => {
      const other = 'https://teams.microsoft.com/l/meetup-join/19%3aOTHER/0';
      const named = html(held.replace('Old', `Old <a href="${other}">other</a>`));
      expect(joinLinksIn(named.content)[0]?.joinUrl).toBe(other);
      for (const own of [JOIN_URL, JOIN_URL.replaceAll('%3a', '%3A'), null])
        for (const wanted of [html(`<p>After ${other}</p>`), html('<p>After it</p>')]) {
          const kept = keep(named, wanted, own);
          expect(kept.content).toBe(`${wanted.content}\r\n${block}\r\n`);
          expect(keep(named, kept, own)).toBe(kept);
        }
      // Below it, too, where the meeting says which link is its own.
      const below = html(held.replace('</body>', `<p>${other}</p></body>`));
      expect(keep(below, html('New'), JOIN_URL).content).toBe(`New\r\n${block}\r\n`);
    },
  );

  it('goes as it is where there is no link to keep', () => {
    const wanted = html('<p>New</p>');
    expect(keep(html('<p>Old</p>'), wanted)).toBe(wanted);
    expect(keep(text(''), wanted)).toBe(wanted);
  });

  it('keeps the link alone of an online meeting where no rulers tell the block', () => {
    const page = (inner: string): EventBody =>
      html(`<html><body><div class="WordSection1">${inner}</div></body></html>`);
    const anchor = `<a href="${JOIN_URL}">here</a>`;
    for (const [inner, kept] of [
      [`<p>Old</p><div><p>Join: ${anchor}</p></div>`, anchor],
      [`<p>Old</p><div><p>\r\n${anchor}</p>&nbsp;</div><p>more</p>`, `<div><p>\r\n${anchor}</p>&nbsp;</div>`],
      [`<p>Old</p><p>Recording of ${JOIN_URL} here</p><p>more</p>`, JOIN_URL],
      [`Old<br>${anchor}<br>${'_'.repeat(80)}<br>more`, anchor],
    ] as const)
      for (const own of [JOIN_URL, null])
        expect(keep(page(inner), html('New'), own).content).toBe(`New\r\n${kept}\r\n`);
    const held = text(`a\r\nsee ${JOIN_URL} !\r\nold 2\r\nold 3`);
    expect(keep(held, text(''))).toEqual(text(`\r\n\r\nsee ${JOIN_URL} !`));
  });

  it('goes as it is where the event is no online meeting, and its text merely names one', () => {
    const meeting = { isOnline: false, joinUrl: null };
    const old = '<p>Old secret plan</p>';
    for (const held of [
      html(`<html><body><div>${old}<p>Recording of ${JOIN_URL}</p><p>more old</p></div></body></html>`),
      html(`<div>${'_'.repeat(80)}</div>${old}<a href="${JOIN_URL}">Recording</a>`),
      text(`a\nsee ${JOIN_URL}\nold 2\nold 3`),
    ])
      for (const wanted of [text('New text'), html('<p>New</p>'), text('')])
        expect(keepTeamsBlock(held, wanted, meeting)).toBe(wanted);
  });

  it.each(samples)('keeps the block $name of a meeting that Graph does not know of', ({ html: held, block }) => {
    const meeting = { isOnline: false, joinUrl: null };
    const below = html(held.replace('</body>', '<p>See https://teams.live.com/meet/1</p></body>'));
    for (const body of [html(held), below])
      expect(keepTeamsBlock(body, html('New'), meeting).content).toBe(`New\r\n${block}\r\n`);
    const named = text(`Old\r\n${TEXT_BLOCK}\r\nSee https://teams.live.com/meet/1`);
    expect(keepTeamsBlock(named, text('New'), meeting)).toEqual(text(`New\r\n\r\n${TEXT_BLOCK}`));
  });

  it('is not misled by tags in quotes, comments and styles', () => {
    const noise = '<!-- > <div> --><img alt="x> <div>"><a title=\'x> <div>\'>Old</a><script>a = "<!--";</script>';
    const held = html(`<html><body><div>${noise}</div><p>${JOIN_URL}</p></body></html>`);
    expect(keep(held, html('New')).content).toBe(`New\r\n<p>${JOIN_URL}</p>\r\n`);
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
      fc.constantFrom('<style>', '</style>', '<br/>', '</p>', '\r\n', '&lt;', '</html>', TEXT_BLOCK, ` ${JOIN_URL}<`),
    );
    const soup = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    const contentType = fc.constantFrom<EventBody['contentType']>('html', 'text');
    const bodies = fc.record({ contentType, content: soup });
    fc.assert(
      fc.property(soup, bodies, bodies, (before, rest, wanted) => {
        const held = { ...rest, content: `${before} ${JOIN_URL} ${rest.content}` };
        const kept = keep(held, wanted);
        expect(joinLinksIn(kept.content).map((each) => each.joinUrl)).toContain(JOIN_URL);
        expect(keep(held, kept)).toBe(kept);
        const elsewhere = { isOnline: false, joinUrl: null };
        const ruled = keepTeamsBlock(held, wanted, elsewhere);
        expect(keepTeamsBlock(held, ruled, elsewhere)).toBe(ruled);
      }),
      { numRuns: 1500 },
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
    const held = html(`${flood}${JOIN_URL} ${flood}`);
    for (const wanted of [flood, `${JOIN_URL} ${flood}${flood}`, held.content]) keep(held, html(wanted));
    teamsOf({ body: flood });
    teamsOf({ onlineMeeting: { joinUrl: JOIN_URL }, body: flood });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
