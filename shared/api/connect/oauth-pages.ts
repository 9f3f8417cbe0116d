import type { Log } from '../../lib/log.ts';
import { demandMethod } from '../http/demand-method.ts';
import { failed } from '../http/respond.ts';
import { toProblem } from '../http/problem.ts';
import type { ApiPorts } from '../ports.ts';
import { callback } from './callback.ts';
import { login } from './login.ts';
import { page } from './pages.ts';

type Handler = (request: Request, bindings: { readonly requestId: string; readonly log: Log }) => Promise<Response>;

/** `GET /oauth/microsoft/login`. */
export const loginPage = (ports: ApiPorts): Handler => forPeople(ports, login);

/** `GET /oauth/microsoft/callback`. */
export const callbackPage = (ports: ApiPorts): Handler => forPeople(ports, callback);

/** A person stands before these: failures are pages, too. */
function forPeople(
  ports: ApiPorts,
  work: (ports: ApiPorts, request: Request, requestId: string) => Promise<Response>,
): Handler {
  return async (request, bindings) => {
    demandMethod(request, 'GET');
    try {
      return await work(ports, request, bindings.requestId);
    } catch (error) {
      const told = failed(error, bindings);
      const text =
        toProblem(error)?.status === 503
          ? 'Please go back to the application in a few minutes and start connecting again.'
          : 'Please go back to the application and start connecting again.';
      return page(told.status, 'Something went wrong', `${text} (Request ${bindings.requestId})`);
    }
  };
}
