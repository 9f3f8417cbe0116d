import type { App } from '../../shared/app.ts';
import type { Domain } from '../../shared/engine/domain.ts';
import type { IndexEntry, Scope } from '../../shared/engine/model.ts';
import type { Fields, Json } from '../../shared/lib/json.ts';

/** A person at Outlook: what they do reaches the tenant at once, and is no write of ours. */
export interface Person {
  /** Makes an item of this title; answers its Graph id. */
  make(title: string): Promise<string>;
  change(graphId: string, field: string, value: string): Promise<void>;
  /** Makes a place for items. */
  makeContainer(name: string): Promise<void>;
  /** Away for good: nothing finds it any more. */
  remove(graphId: string): Promise<void>;
  /** Makes items of the sorts that `make` makes none of, where there are any. */
  makeOthers?(): Promise<void>;
  /** Makes an item that says what no client knows yet, as far as the tenant can say such things. */
  makeOdd(title: string): Promise<string>;
}

/** A write by the application, through the API. */
export interface Write {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/** How the contract suite talks of a domain. */
export interface DomainAdapter {
  readonly domain: Domain;
  /** The schema of openapi.json that its items keep to. */
  readonly view: string;
  /** The pages by which each kind comes: the first that fits a path counts. */
  readonly pages: Readonly<Record<string, RegExp>>;
  /** The letter of the orders by which its main list is read. */
  readonly list: string;
  /** What the API makes of the rows of the list; absent = it shows them as they are. */
  readonly read?: (store: App['store'], scope: Scope, items: readonly Fields[]) => Promise<Fields[]>;
  /** The field that holds an item's title. */
  readonly title: string;
  /** Fields of an item: one that only the person writes, one that only the application writes, one that both do. */
  readonly fields: { readonly theirs: string; readonly ours: string; readonly shared: string };
  /** Members of the wire that hold words of Graph's own, whose list may grow. */
  readonly words: readonly string[];
  /** Fields by their kinds that people may fill as they like. */
  readonly long: Readonly<Record<string, readonly string[]>>;
  person(user: (method: string, path: string, body?: unknown) => Promise<unknown>): Person;
  /** The application writes this field of one of its items. */
  change(connectionId: string, id: string, field: string, value: string): Write;
  /** Whether an item shows what a write of `value` to `field` leads to. */
  shows(item: Fields, field: string, value: string): boolean;
  /** How the application makes and removes items; null where it makes none. */
  readonly own: {
    make(connectionId: string, title: string): Write;
    remove(connectionId: string, id: string): Write;
    /** The tenant adds to what it is given, and that is told as well: our own doing, too. */
    readonly completed?: true;
  } | null;
  /**
   * A plan's world in which a container has this Graph id: the settings under which it is synced, what the head notes, and the
   * entries of the container's list.
   */
  odd(containerId: string): {
    readonly settings: Json;
    readonly notes: Json;
    readonly entries: readonly IndexEntry[];
  };
}
