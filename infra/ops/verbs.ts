import type { Verb } from './verb.ts';
import { audit } from './verbs/audit.ts';
import { backfill } from './verbs/backfill.ts';
import { connect } from './verbs/connect.ts';
import { deliveries } from './verbs/deliveries.ts';
import { doctor } from './verbs/doctor.ts';
import { endpoints } from './verbs/endpoints.ts';
import { erase } from './verbs/erase.ts';
import { feed } from './verbs/feed.ts';
import { requeue } from './verbs/requeue.ts';
import { status } from './verbs/status.ts';
import { sync } from './verbs/sync.ts';

/** Every verb by its name, in the order of the help. */
export const verbs: Readonly<Record<string, Verb>> = {
  status,
  doctor,
  connect,
  sync,
  backfill,
  feed,
  endpoints,
  deliveries,
  audit,
  requeue,
  erase,
};
