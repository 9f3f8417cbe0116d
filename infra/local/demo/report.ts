/** What was looked at and found, told line by line. */
export class Report {
  #told = 0;
  #wrong = 0;

  /** Tells one finding. */
  say(what: string, result: string, right: boolean): void {
    this.#told++;
    if (!right) this.#wrong++;
    console.log(`${right ? 'ok   ' : 'WRONG'}  ${what.padEnd(52)} ${result}`);
  }

  /** Tells the end, and answers the exit code: 0 only if all was right. */
  end(): number {
    console.log(this.#wrong === 0 ? '\nAll right.' : `\n${this.#wrong} of ${this.#told} are wrong.`);
    return this.#wrong === 0 ? 0 : 1;
  }
}
