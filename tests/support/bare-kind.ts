import type { Kind } from '../../shared/engine/domain.ts';

/** A kind whose items are in stream `s`, shown as they are held, in no list, and never decoded: what a test gives is merged. */
export const bareKind: Kind = {
  ...{ name: 'thing', feed: true, defaults: {}, placeFields: [], quietFields: [] },
  placeOf: () => 's',
  decode: () => ({ type: 'removed', graphId: '' }),
  index: () => [],
  show: ({ id, fields }) => ({ id, ...fields }),
  shrink: (fields) => fields,
  itemPath: (graphId) => `/${graphId}`,
};
