/** The access token of one connection, as a call needs it. */
export interface Access {
  /** A token that should do; refreshed before its end. */
  token(): Promise<string>;
  /** Another token than the one that Graph has just refused; refreshes unless somebody has done so meanwhile. */
  after(refused: string): Promise<string>;
}
