import { describe, expect, it } from 'vitest';
import { eventPatch, eventRequest, replyRequest } from '../../shared/api/calendar/event-requests.ts';
import { toFields, withoutUnchanged } from '../../shared/api/calendar/to-event-fields.ts';
import { toFaults } from '../../shared/api/router/validate-request.ts';

const days = { start: { date: '2026-03-02' }, end: { date: '2026-03-03' } };
const hour = { start: { dateTime: '2026-03-02T09:00:00Z' }, end: { dateTime: '2026-03-02T10:00:00Z' } };

describe('that an event lasts all day', () => {
  it.each([
    [days, true],
    [hour, false],
  ])('may be said beside its times, and is what these say: %j', (times, isAllDay) => {
    const made = eventRequest.parse({ ...times, isAllDay });
    expect(toFields(made)).toEqual(toFields(eventRequest.parse(times)));
    expect(toFields(made)).toMatchObject({ isAllDay });
    expect(toFields(eventPatch.parse({ end: times.end, isAllDay }))).toMatchObject({ isAllDay });
    expect(toFields(eventPatch.parse({ isAllDay }))).toEqual({});
  });

  it.each([
    [days, false],
    [hour, true],
  ])('is refused where its times say another thing: %j', (times, isAllDay) => {
    for (const { error } of [
      eventRequest.safeParse({ ...times, isAllDay }),
      eventPatch.safeParse({ start: times.start, isAllDay }),
      eventPatch.safeParse({ end: times.end, isAllDay }),
    ])
      expect(error === undefined ? [] : toFaults('body', error)).toMatchObject([{ path: 'body.isAllDay' }]);
  });
});

describe('a time', () => {
  it.each(['+99:99', '+24:00', '-05:60', '+1:00'])('by an offset that no clock has (%s) is none', (offset) => {
    for (const at of ['start', 'end']) {
      const { error } = eventRequest.safeParse({ ...hour, [at]: { dateTime: `2026-03-02T09:30:00${offset}` } });
      expect(error === undefined ? [] : toFaults('body', error)).toMatchObject([{ path: `body.${at}.dateTime` }]);
    }
  });
});

describe('what is said of an event as it is', () => {
  const event = {
    ...toFields(eventRequest.parse(hour)),
    originalTimeZone: 'UTC',
    location: 'Room 4',
    reminderMinutes: null,
  };
  const left = (patch: object): unknown => withoutUnchanged(toFields(eventPatch.parse(patch)), event);

  it('is no change of it, and its times are one', () => {
    expect(left({ ...hour, isAllDay: false, location: 'Room 4', subject: null, reminderMinutes: null })).toEqual({});
    expect(left({ location: null, categories: ['Red'] })).toEqual({ location: null, categories: ['Red'] });
    const end = { dateTime: '2026-03-02T11:00:00Z' };
    expect(left({ ...hour, end, location: 'Room 4' })).toEqual(toFields(eventPatch.parse({ ...hour, end })));
    expect(left(days)).toEqual(toFields(eventPatch.parse(days)));
    expect(left({ onlineMeeting: true })).toEqual({ isOnlineMeeting: true });
  });
});

describe('an answer to a meeting', () => {
  it('has a comment with a response alone', () => {
    const refused = replyRequest.safeParse({ comment: 'x', sendResponse: false });
    expect(refused.error === undefined ? [] : toFaults('body', refused.error)).toEqual([
      {
        path: 'body.comment',
        message: 'goes out with a response alone: leave it out, or let sendResponse be true',
      },
    ]);
    for (const sendResponse of [true, undefined])
      expect(replyRequest.safeParse({ comment: 'x', sendResponse }).success).toBe(true);
    for (const comment of ['', null, undefined])
      expect(replyRequest.safeParse({ comment, sendResponse: false }).success).toBe(true);
  });
});
