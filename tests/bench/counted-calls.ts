import { channel } from 'node:diagnostics_channel';

/** Counts the requests that this process sends by `node:http`, which is how the storage SDKs send theirs, from now on. */
export function countCalls(): { readonly sent: () => number; readonly stop: () => void } {
  let sent = 0;
  const starts = channel('http.client.request.start');
  const count = (): void => {
    sent++;
  };
  starts.subscribe(count);
  const stop = (): void => {
    starts.unsubscribe(count);
  };
  return { sent: () => sent, stop };
}
