/** A clock that is as late as the real one plus what it was moved by. */
export class MovedClock {
  #byMs = 0;
  now(): Date {
    return new Date(Date.now() + this.#byMs);
  }
  move(ms: number): void {
    this.#byMs += ms;
  }
}
