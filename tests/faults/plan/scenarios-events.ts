import type { Fields } from '../../../shared/lib/json.ts';
import { daily, idOf, known, longText, openDiary, prepared, slot, sync, whole, type Diary } from './diary.ts';
import type { Scenario } from './scenarios.ts';

/** What the application makes: two hours, four days from today. */
const ours = ({ day }: Pick<Diary, 'day'>): Fields => ({
  subject: 'Ours',
  location: 'Ours',
  start: { dateTime: day(4), timeZone: 'Europe/Berlin' },
  end: { dateTime: day(4, '11:00:00'), timeZone: 'Europe/Berlin' },
  categories: ['Ours'],
  attendees: [{ address: 'ada@ours.example', name: 'Ada', type: 'required' }],
});

const byUs = { allOurs: true } as const;

/** What the application has made is told, and what Outlook has added to it. */
const made = ['event.created', 'event.updated'];

/** The application makes a meeting with a Teams link; what it sends twice has the same key. */
const create: Scenario = {
  name: 'calendar-create',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    await known(diary, 'Beside');
    const body = { ...ours(diary), onlineMeeting: true, body: longText };
    const expected = { told: { Ours: made }, effects: { Ours: ['create'] }, ...byUs };
    return prepared(diary, expected, { method: 'POST', path: diary.path, body, key: 'make' });
  },
};

/** The application makes a series. Its occurrences are told as our own doing, each once. */
const createSeries: Scenario = {
  name: 'calendar-create-series',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    await known(diary, 'Beside');
    const body = { ...ours(diary), rrule: 'FREQ=DAILY;COUNT=3' };
    const days = [4, 5, 6].map((day) => [slot(diary, day), ['event.created']] as const);
    const expected = { told: { Ours: made, ...Object.fromEntries(days) }, effects: { Ours: ['create'] }, ...byUs };
    return prepared(diary, expected, { method: 'POST', path: diary.path, body, key: 'make' });
  },
};

/** The application changes an event that somebody has edited since (412): other fields, and another entry of the same list. */
const update: Scenario = {
  name: 'calendar-update',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours');
    await diary.outlook.patch(graphId, { importance: 'high', categories: ['Blue category', 'Theirs'] });
    const body = { subject: 'Ours', categories: ['Blue category', 'Ours'], reminderMinutes: 45 };
    const told = { Ours: ['event.updated', 'event.updated'] };
    const both = { ...body, importance: 'high', categories: ['Blue category', 'Theirs', 'Ours'] };
    const expected = { told, effects: { [graphId]: ['update'] }, holds: { Ours: both } };
    return prepared(diary, expected, { path: `${diary.path}/${id}`, body });
  },
};

/** The application moves a meeting to another time: what was answered to the old one Outlook takes back, and that is our doing. */
const updateTimes: Scenario = {
  name: 'calendar-update-times',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const graphId = await diary.outlook.create(whole(diary, 'Ours', 3));
    await diary.outlook.answer(graphId, 'grace@navy.example', 'accepted');
    await sync(diary);
    const id = await idOf(diary, 'Ours');
    const time = (clock: string): object => ({ dateTime: diary.day(3, clock), timeZone: 'Europe/Rome' });
    const body = { start: time('15:00:00'), end: time('16:00:00') };
    const expected = {
      told: { Ours: ['event.updated', 'event.updated'] },
      effects: { [graphId]: ['update'] },
      ...byUs,
    };
    return prepared(diary, expected, { path: `${diary.path}/${id}`, body, key: 'change' });
  },
};

/** The application changes the very field that somebody has changed: it loses, and nothing is written. */
const conflict: Scenario = {
  name: 'calendar-conflict',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours');
    await diary.outlook.patch(graphId, { subject: 'Theirs' });
    const told = { Ours: ['event.updated', 'event.conflict'] };
    return prepared(
      diary,
      { told, effects: {}, holds: { Ours: { subject: 'Theirs' } } },
      { path: `${diary.path}/${id}`, body: { subject: 'Ours' } },
    );
  },
};

/** The application changes a series. */
const updateSeries: Scenario = {
  name: 'calendar-update-series',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours', daily(diary, 'Ours', 1, 6));
    const body = { subject: 'Ours', importance: 'high' };
    const expected = { told: { Ours: ['event.updated'] }, effects: { [graphId]: ['update'] }, ...byUs };
    return prepared(diary, expected, { path: `${diary.path}/${id}`, body, key: 'change' });
  },
};

/** An occurrence of a series that was synced once: the Graph ids of both, and our id of the occurrence. */
async function withOccurrence(
  diary: Diary,
  days: number,
): Promise<{ readonly id: string; readonly seriesId: string; readonly name: string }> {
  const seriesId = await diary.outlook.create(daily(diary, 'Series', 1, 6));
  await sync(diary);
  const name = slot(diary, days);
  return { seriesId, name, id: await idOf(diary, name) };
}

/** The application changes one occurrence, which becomes an exception by it. */
const updateOccurrence: Scenario = {
  name: 'calendar-update-occurrence',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { id, name } = await withOccurrence(diary, 3);
    const body = { subject: 'Ours, for once' };
    const expected = { told: { [name]: ['event.updated', 'event.updated'] }, effects: { [name]: ['update'] }, ...byUs };
    return prepared(diary, expected, { path: `${diary.path}/${id}`, body, key: 'change' });
  },
};

/**
 * The application changes an occurrence that had been edited for itself, and that somebody has put back to what its series says by
 * moving that: it has no version of its own any more.
 */
const updatePutBack: Scenario = {
  name: 'calendar-update-put-back',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, day } = diary;
    const seriesId = await outlook.create(daily(diary, 'Series', 1, 4));
    await outlook.patch(seriesId, { subject: 'For once' }, day(3));
    await sync(diary);
    const name = slot(diary, 3);
    const id = await idOf(diary, name);
    const time = (clock: string): object => ({ dateTime: day(1, clock), timeZone: 'W. Europe Standard Time' });
    await outlook.patch(seriesId, { start: time('14:00:00'), end: time('15:00:00') });
    await sync(diary);
    const others = [1, 2, 4].map((days) => [slot(diary, days), ['event.updated']] as const);
    const told = { Series: ['event.updated'], [name]: putBack, ...Object.fromEntries(others) };
    const expected = { told, effects: { [name]: ['update'] }, holds: { [name]: { importance: 'high' } } };
    return prepared(diary, expected, { path: `${diary.path}/${id}`, body: { importance: 'high' }, key: 'change' });
  },
};

/** That it is put back, what was written, and what Outlook has made of that. */
const putBack = ['event.updated', 'event.updated', 'event.updated'];

/** The application deletes an event. */
const remove: Scenario = {
  name: 'calendar-delete',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours');
    const expected = { told: { Ours: ['event.deleted'] }, effects: { [graphId]: ['delete'] }, ...byUs };
    return prepared(diary, expected, { method: 'DELETE', path: `${diary.path}/${id}`, key: 'remove' });
  },
};

/** It deletes one that somebody has edited meanwhile: that one stands again. */
const removeEdited: Scenario = {
  name: 'calendar-delete-edited',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours');
    await diary.outlook.patch(graphId, { subject: 'Theirs' });
    const expected = { told: { Ours: ['event.deleted', 'event.conflict'] }, effects: {} };
    return prepared(diary, expected, { method: 'DELETE', path: `${diary.path}/${id}`, key: 'remove' });
  },
};

/** The application deletes one occurrence: the series tells which day it leaves out. */
const removeOccurrence: Scenario = {
  name: 'calendar-delete-occurrence',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { id, name, seriesId } = await withOccurrence(diary, 3);
    const told = { [name]: ['event.deleted'], Series: ['event.updated'] };
    const expected = { told, effects: { [seriesId]: ['update'] }, ...byUs };
    return prepared(diary, expected, { method: 'DELETE', path: `${diary.path}/${id}`, key: 'remove' });
  },
};

/** The application deletes a whole series. */
const removeSeries: Scenario = {
  name: 'calendar-delete-series',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours', daily(diary, 'Ours', 1, 4));
    const days = [1, 2, 3, 4].map((day) => [slot(diary, day), ['event.deleted']] as const);
    const told = { Ours: ['event.deleted'], ...Object.fromEntries(days) };
    const expected = { told, effects: { [graphId]: ['delete'] }, ...byUs };
    return prepared(diary, expected, { method: 'DELETE', path: `${diary.path}/${id}`, key: 'remove' });
  },
};

/** The application cancels a meeting: those who were asked to come are told. */
const cancel: Scenario = {
  name: 'calendar-cancel',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { graphId, id } = await known(diary, 'Ours');
    const expected = { told: { Ours: ['event.deleted'] }, effects: { [graphId]: ['delete'] }, ...byUs };
    const request = { method: 'POST', path: `${diary.path}/${id}/cancel`, body: { comment: 'Snow' } } as const;
    return prepared(diary, expected, { ...request, key: 'cancel' });
  },
};

/** Somebody else's meeting, which the application answers; what comes of that is told as our own doing. */
const responding = (answer: 'accept' | 'decline', told: string, effect: string): Scenario => ({
  name: `calendar-${answer}`,
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { upn } = diary.mailbox;
    const asked = {
      organizer: { address: 'grace@navy.example', name: 'Grace Hopper' },
      attendees: [{ type: 'required', emailAddress: { address: upn, name: upn } }],
    };
    const { graphId, id } = await known(diary, 'Theirs', { ...whole(diary, 'Theirs', 3), ...asked });
    const expected = { told: { Theirs: ['event.updated', told] }, effects: { [graphId]: [effect] }, ...byUs };
    const request = { method: 'POST', path: `${diary.path}/${id}/${answer}`, body: { comment: 'Fine' } } as const;
    return prepared(diary, expected, { ...request, key: answer });
  },
});

/** The application's own writes of events. */
export const eventScenarios: readonly Scenario[] = [
  create,
  createSeries,
  update,
  updateTimes,
  conflict,
  updateSeries,
  updateOccurrence,
  updatePutBack,
  remove,
  removeEdited,
  removeOccurrence,
  removeSeries,
  cancel,
  responding('accept', 'event.updated', 'update'),
  responding('decline', 'event.deleted', 'delete'),
];
