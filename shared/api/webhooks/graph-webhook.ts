import type { Log } from '../../lib/log.ts';
import { demandMethod } from '../http/demand-method.ts';
import { answerHandshake } from './handshake.ts';

type Handler = (
  request: Request,
  bindings: { readonly requestId: string; readonly log: Log },
) => Response | Promise<Response>;

/**
 * A webhook of Graph's: the handshake is answered by what is loaded already; whatever else it takes is loaded after that,
 * at the first notification. A load that failed is tried again by the next one.
 */
export function graphWebhook(load: () => Promise<Handler>): Handler {
  let loaded: Promise<Handler> | undefined;
  return async (request, bindings) => {
    demandMethod(request, 'POST');
    const handshake = answerHandshake(request.url);
    if (handshake !== null) return handshake;
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return (await loaded)(request, bindings);
  };
}
