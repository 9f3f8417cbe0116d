import type { Place } from './model.ts';

const EMPTY = { displayName: '', locationType: 'default', uniqueIdType: 'unknown', address: {}, coordinates: {} };

function viewOf(place: Place): Record<string, unknown> {
  const { displayName, locationType, locationEmailAddress, locationUri, address, coordinates } = place;
  return {
    displayName,
    ...(locationUri === undefined ? {} : { locationUri }),
    ...(locationEmailAddress === undefined ? {} : { locationEmailAddress }),
    locationType,
    uniqueId: locationEmailAddress ?? displayName,
    uniqueIdType: locationEmailAddress === undefined ? 'private' : 'directory',
    ...(address === undefined ? {} : { address }),
    ...(coordinates === undefined ? {} : { coordinates }),
  };
}

/** `location`: the first place, with the names of all where there are several. */
export function placeView(places: readonly Place[]): Record<string, unknown> {
  const [first, ...rest] = places;
  if (first === undefined) return EMPTY;
  if (rest.length === 0) return viewOf(first);
  const displayName = places.map((place) => place.displayName).join('; ');
  return { ...viewOf(first), displayName, uniqueId: displayName, uniqueIdType: 'private' };
}

export function placesView(places: readonly Place[]): Record<string, unknown>[] {
  return places.map(viewOf);
}
