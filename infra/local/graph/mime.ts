import { textOf } from './message-defaults.ts';
import type { Message, Recipient } from './model.ts';

function address({ emailAddress }: Recipient): string {
  return `${encoded(emailAddress.name)} <${emailAddress.address}>`;
}

/** RFC 2047, where a header holds more than ASCII. */
function encoded(text: string): string {
  const plain = /^[\x20-\x7e]*$/.test(text);
  return plain ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

/** The message as MIME, for `$value`: the imported original, or one made of the stored members. */
export function mimeOf(message: Message, owner: { displayName: string; userPrincipalName: string }): string {
  if (message.mime !== undefined) return message.mime;
  const body = typeof message.body === 'function' ? message.body() : message.body;
  const own = { emailAddress: { name: owner.displayName, address: owner.userPrincipalName } };
  const headers = [
    `From: ${address(message.from ?? own)}`,
    `To: ${message.toRecipients.map(address).join(', ')}`,
    ...(message.ccRecipients.length > 0 ? [`Cc: ${message.ccRecipients.map(address).join(', ')}`] : []),
    `Subject: ${encoded(message.subject)}`,
    `Date: ${new Date(message.sentMs).toUTCString()}`,
    `Message-ID: ${message.internetMessageId}`,
    'MIME-Version: 1.0',
    `Content-Type: text/${body.contentType === 'html' ? 'html' : 'plain'}; charset="utf-8"`,
    'Content-Transfer-Encoding: base64',
  ];
  const content = body.contentType === 'html' ? body.content : textOf(body);
  const lines = Buffer.from(content).toString('base64').replaceAll(/.{76}/g, '$&\r\n');
  return `${headers.join('\r\n')}\r\n\r\n${lines}\r\n`;
}
