import { z } from 'zod';
import { calendarSettingsPatch, defaultCalendarSettings } from './calendar/settings.ts';
import type { CalendarSettings } from './calendar/settings.ts';

const rate = z.number().min(0).max(1);

/** What `PATCH /control/settings` takes; members left out keep their value. */
export const settingsPatch = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  jitterMs: z.number().min(0).optional(),
  pageSize: z.number().int().min(1).max(1000).optional(),
  notifications: z
    .strictObject({
      delayMs: z.number().min(0).optional(),
      lose: rate.optional(),
      double: rate.optional(),
      reorder: z.boolean().optional(),
      pause: z.boolean().optional(),
    })
    .optional(),
  throttle: z
    .strictObject({
      concurrency: z.number().int().min(1).nullable().optional(),
      per10min: z.number().int().min(1).nullable().optional(),
    })
    .optional(),
  refreshTokens: z
    .strictObject({ strict: z.boolean().optional(), lifetimeSeconds: z.number().min(1).optional() })
    .optional(),
  accessTokenSeconds: z.number().min(1).optional(),
  thinUpdates: z.boolean().optional(),
  emptyFirstPage: z.boolean().optional(),
  mutableMoveLoss: z.boolean().nullable().optional(),
  maxSubscriptionMinutes: z.number().min(1).optional(),
  handshakeSeconds: z.number().min(0.05).optional(),
  contacts: z
    .strictObject({
      moveByPatch: z.enum(['ignored', 'moves', 'refused']).optional(),
      deletedResolve: z.boolean().optional(),
      recomputeNames: z.boolean().optional(),
      addressPatch: z.enum(['merge', 'replace']).optional(),
      folderDelta: z.enum(['deep', 'top']).optional(),
    })
    .optional(),
  graphResource: z.url().nullable().optional(),
  calendar: calendarSettingsPatch.optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatch>;

/** Changed in place by `PATCH /control/settings`: read the members when they are needed, keep no copies. */
export interface Settings {
  /** Added to each Graph request, plus 0..jitterMs. */
  latencyMs: number;
  jitterMs: number;
  /** The server's own largest page. */
  pageSize: number;
  notifications: { delayMs: number; lose: number; double: number; reorder: boolean; pause: boolean };
  /** Per app and mailbox; null = no limit. */
  throttle: { concurrency: number | null; per10min: number | null };
  refreshTokens: { strict: boolean; lifetimeSeconds: number };
  accessTokenSeconds: number;
  thinUpdates: boolean;
  emptyFirstPage: boolean;
  /**
   * Message delta with immutable ids, for an item that leaves a folder and returns: null (at first) = the return is lost
   * when both fall into one round; true = lost also when they fall into different rounds; false = never lost.
   */
  mutableMoveLoss: boolean | null;
  maxSubscriptionMinutes: number;
  handshakeSeconds: number;
  /** Where the live service's ways with contacts are not confirmed. */
  contacts: {
    /** A PATCH of `parentFolderId`: taken and without effect (at first), a move, or 400. */
    moveByPatch: 'ignored' | 'moves' | 'refused';
    /** Whether a deleted contact is still found by its immutable id, in Deleted Items; at first it is 404. */
    deletedResolve: boolean;
    /** Whether `displayName` and `fileAs` are made anew when name parts are patched without them; at first so. */
    recomputeNames: boolean;
    /** Whether parts that an address in a PATCH leaves out stay (at first) or go. */
    addressPatch: 'merge' | 'replace';
    /** Whether `/contactFolders/delta` tells of folders within folders too; at first so, as mail folders do. */
    folderDelta: 'deep' | 'top';
  };
  /** The origin by which this cloud's Graph is asked for, in a national cloud; null = as the public cloud is. */
  graphResource: string | null;
  calendar: CalendarSettings;
}

export function defaultSettings(): Settings {
  return {
    latencyMs: 0,
    jitterMs: 0,
    pageSize: 200,
    notifications: { delayMs: 0, lose: 0, double: 0, reorder: false, pause: false },
    throttle: { concurrency: 4, per10min: 10_000 },
    refreshTokens: { strict: false, lifetimeSeconds: 90 * 86_400 },
    accessTokenSeconds: 3599,
    thinUpdates: false,
    emptyFirstPage: false,
    mutableMoveLoss: null,
    maxSubscriptionMinutes: 10_080,
    handshakeSeconds: 10,
    contacts: {
      moveByPatch: 'ignored',
      deletedResolve: false,
      recomputeNames: true,
      addressPatch: 'merge',
      folderDelta: 'deep',
    },
    graphResource: null,
    calendar: defaultCalendarSettings(),
  };
}

export function applySettings(settings: Settings, patch: SettingsPatch): void {
  const { notifications, throttle, refreshTokens, contacts, calendar, ...plain } = patch;
  Object.assign(settings, defined(plain));
  Object.assign(settings.notifications, defined(notifications));
  Object.assign(settings.throttle, defined(throttle));
  Object.assign(settings.refreshTokens, defined(refreshTokens));
  Object.assign(settings.calendar, defined(calendar));
  Object.assign(settings.contacts, defined(contacts));
}

function defined(values: object | undefined): object {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== undefined));
}
