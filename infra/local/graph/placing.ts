import type { Folder, FolderTree } from './folders.ts';
import type { LogEntry, Message } from './model.ts';
import type { ReceivedIndex } from './received-index.ts';

/** Puts messages into folders and takes them out: places, counters, order, and the log that delta reads. */
export class Placing {
  private readonly folders: FolderTree;
  private readonly index: ReceivedIndex;

  constructor(folders: FolderTree, index: ReceivedIndex) {
    this.folders = folders;
    this.index = index;
  }

  /** A new place, and so a new default id. */
  arrive(message: Message, folder: Folder): void {
    const slot = folder.slots.push(message.num) - 1;
    const stay = { folder: folder.num, slot, arrivedAt: -1, leftAt: message.left?.get(folder.num) ?? -1 };
    if (folder.watched) stay.arrivedAt = folder.log.push({ num: message.num, slot, kind: 'add', fields: [] }) - 1;
    message.stay = stay;
    folder.total += 1;
    folder.unread += Number(!message.isRead);
    this.reindex(message, folder);
    this.folders.touch(folder, message.isRead ? ['totalItemCount'] : ['totalItemCount', 'unreadItemCount']);
  }

  depart(message: Message, folder: Folder): void {
    this.unindex(message, folder);
    folder.slots[message.stay.slot] = 0;
    folder.total -= 1;
    folder.unread -= Number(!message.isRead);
    if (folder.watched) {
      const entry: LogEntry = { num: message.num, slot: message.stay.slot, kind: 'remove', fields: [] };
      message.left ??= new Map();
      message.left.set(folder.num, folder.log.push(entry) - 1);
    }
    this.folders.touch(folder, message.isRead ? ['totalItemCount'] : ['totalItemCount', 'unreadItemCount']);
  }

  /** After a change of the time received, which `unindex` must have come before. */
  reindex(message: Message, folder: Folder): void {
    folder.index.add(message);
    if (folder.ipm) this.index.add(message);
  }

  unindex(message: Message, folder: Folder): void {
    folder.index.remove(message);
    if (folder.ipm) this.index.remove(message);
  }
}
