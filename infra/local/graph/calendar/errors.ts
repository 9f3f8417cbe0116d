import { GraphError } from '../http.ts';

/** The 400s of calendars, in the service's words where they are known. */
export const failedValidation = (path = ''): GraphError =>
  new GraphError(
    400,
    'ErrorPropertyValidationFailure',
    path === '' ? 'At least one property failed validation.' : `At least one property failed validation: ${path}.`,
  );

export const undeserializable = (path: string): GraphError =>
  new GraphError(400, 'UnableToDeserializePostBody', `were unable to deserialize ${path}`);

export const zoneNotSupported = (name: string): GraphError =>
  new GraphError(
    400,
    'TimeZoneNotSupportedException',
    `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${name}'.`,
  );

export const notMidnight = (which: 'Start' | 'End'): GraphError =>
  new GraphError(
    400,
    'ErrorInvalidRequest',
    `The Event.${which} property for an all-day event needs to be set to midnight.`,
  );

export const crossingBoundary = (): GraphError =>
  new GraphError(
    400,
    'ErrorOccurrenceCrossingBoundary',
    'Modified occurrence is crossing or overlapping adjacent occurrence.',
  );

export const notOrganizer = (): GraphError =>
  new GraphError(
    400,
    'ErrorInvalidRequest',
    "Your request can't be completed. You need to be an organizer to cancel a meeting.",
  );

export const ownMeeting = (): GraphError =>
  new GraphError(
    400,
    'ErrorInvalidRequest',
    "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
  );

export const duplicateTransaction = (): GraphError =>
  new GraphError(
    409,
    'ErrorDuplicateTransactionId',
    "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
  );

export const invalidParameter = (message: string): GraphError => new GraphError(400, 'ErrorInvalidParameter', message);

export const noWindow = (): GraphError =>
  invalidParameter(
    'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
  );
