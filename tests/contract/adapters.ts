import type { DomainAdapter } from './adapter.ts';
import { ofCalendar } from './of-calendar.ts';
import { ofContacts } from './of-contacts.ts';
import { ofMail } from './of-mail.ts';

/** Every domain that the app registers: one that is new adds its line here. */
export const adapters: readonly DomainAdapter[] = [ofMail, ofContacts, ofCalendar];
