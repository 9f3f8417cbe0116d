/** Relays TCP to a server on this machine and holds back what comes from it: arguments are the server's origin and milliseconds. */
import { connect, createServer, type Socket } from 'node:net';

const [target = '', ms = '0'] = process.argv.slice(2);
const { hostname, port } = new URL(target);
const delay = Number(ms);

const server = createServer((client) => {
  const upstream = connect(Number(port), hostname);
  for (const socket of [client, upstream]) socket.setNoDelay(true);
  client.pipe(upstream);
  upstream.on('data', (chunk: Buffer) => {
    setTimeout(() => client.write(chunk), delay);
  });
  upstream.on('end', () => {
    setTimeout(() => client.end(), delay);
  });
  const drop = (other: Socket) => (): void => {
    other.destroy();
  };
  client.on('error', drop(upstream)).on('close', drop(upstream));
  upstream.on('error', drop(client));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.(address.port);
});
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
