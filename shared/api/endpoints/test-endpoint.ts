import type { z } from 'zod';
import type { Endpoint } from '../../engine/delivery-ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { testResult } from './schemas.ts';

/**
 * Sends `endpoint.test` now, signed as any delivery, also to an endpoint that is paused. Answers what came back: status and
 * time, never the receiver's text. It changes nothing: neither does it resume, nor does a failure count.
 */
export async function testEndpoint(
  ports: Pick<ApiPorts, 'transport' | 'clock' | 'random'>,
  endpoint: Endpoint,
): Promise<z.output<typeof testResult>> {
  const webhookId = `test_${ports.random.token(12)}`;
  const at = ports.clock.now();
  const body = JSON.stringify({
    type: 'endpoint.test',
    timestamp: at.toISOString(),
    data: { endpointId: endpoint.id, workspaceId: endpoint.workspaceId, types: endpoint.types },
  });
  const sent = await ports.transport.send({ endpoint, id: webhookId, at, body });
  const delivered = sent.outcome === 'delivered';
  return { delivered, webhookId, status: sent.status, error: delivered ? null : sent.error, durationMs: sent.ms };
}
