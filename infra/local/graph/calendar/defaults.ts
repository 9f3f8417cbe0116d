import type { EventParts } from './model.ts';

/** What Exchange gives an event that its writer said nothing of. */
export function completeParts(given: Partial<EventParts>): EventParts {
  return {
    subject: '',
    body: { contentType: 'html', content: '' },
    importance: 'normal',
    sensitivity: 'normal',
    showAs: 'busy',
    categories: [],
    isReminderOn: true,
    reminderMinutes: 15,
    places: [],
    attendees: [],
    isAllDay: false,
    isCancelled: false,
    hideAttendees: false,
    allowNewTimeProposals: true,
    responseRequested: true,
    answer: { response: 'organizer', at: undefined },
    extended: [],
    isOnlineMeeting: false,
    onlineMeetingProvider: 'unknown',
    online: undefined,
    onlineMeetingUrl: undefined,
    ...given,
  };
}
