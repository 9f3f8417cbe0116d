import { RESERVATION_MS, type Reservation } from '../../engine/idempotency.ts';
import { codeOf } from '../../errors.ts';
import type { ApiPorts } from '../ports.ts';

/**
 * The reservation of a request while it is at work, however long that takes: renewed like a lease, so that a slow request lets no
 * second one with its key in, and a dead worker keeps the key no longer than RESERVATION_MS.
 */
export class HeldReservation {
  readonly #ports: Pick<ApiPorts, 'idempotency' | 'log'>;
  readonly #stop: () => void;
  #reservation: Reservation;
  #renewing: Promise<void> = Promise.resolve();
  /** A renewal brought no answer: which version stands is not known. */
  #unclear = false;

  /** Of a key that has just been taken. */
  constructor(ports: Pick<ApiPorts, 'idempotency' | 'log' | 'every'>, reservation: Reservation) {
    this.#ports = ports;
    this.#reservation = reservation;
    this.#stop = ports.every(RESERVATION_MS / 3, () => {
      this.#renewing = this.#renewing.then(() => this.#renew());
    });
  }

  /** Ends the renewing. Answers the reservation as it stands: it takes the answer, or is given back. */
  async end(): Promise<Reservation> {
    this.#stop();
    await this.#renewing;
    if (this.#unclear) await this.#renew();
    return this.#reservation;
  }

  async #renew(): Promise<void> {
    try {
      const renewed = await this.#ports.idempotency.renew(this.#reservation);
      this.#unclear = false;
      if (renewed !== null) this.#reservation = renewed;
      // Another request has it: it was not renewed for a minute. What this one answers is not kept.
      else this.#stop();
    } catch (error) {
      // The next turn tries again; the request itself is well.
      this.#unclear = true;
      this.#ports.log.warn('idempotency.not_renewed', { 'error.code': codeOf(error) });
    }
  }
}
