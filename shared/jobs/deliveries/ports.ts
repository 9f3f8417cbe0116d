import type { Domain } from '../../engine/domain.ts';
import type { JobPorts } from '../ports.ts';

/** What announcing needs of the world. */
export type AnnouncePorts = Pick<JobPorts, 'endpoints' | 'due' | 'queues' | 'clock' | 'random' | 'log'>;

/** What changes of endpoints need. */
export type EndpointPorts = Pick<JobPorts, 'endpoints' | 'due' | 'queues' | 'clock' | 'log'>;

/** What sending needs. */
export type DeliverPorts = Pick<
  JobPorts,
  | 'endpoints'
  | 'deliveries'
  | 'transport'
  | 'connections'
  | 'store'
  | 'due'
  | 'queues'
  | 'audit'
  | 'clock'
  | 'random'
  | 'log'
> & {
  readonly config: { readonly sync: Pick<JobPorts['config']['sync'], 'leaseMs' | 'budgetMs'> };
  readonly domains: Readonly<Record<string, { readonly domain: Pick<Domain, 'readChanges'> }>>;
};
