/** What is used of mbox-reader, which comes without types. */
declare module 'mbox-reader' {
  interface MboxMessage {
    /** From the `From ` line; false where it is none that can be read. */
    readonly time: Date | false;
    /** The message without its `From ` line, one level of quoting taken away. */
    readonly content: Buffer;
    /** Names in lower case. */
    readonly headers: ReadonlyMap<string, readonly string[]>;
    /** IMAP flags out of Status and X-Status. */
    readonly flags: readonly string[];
    /** Gmail's labels. */
    readonly labels: readonly string[];
  }
  export function mboxReader(source: NodeJS.ReadableStream): AsyncIterable<MboxMessage>;
}
