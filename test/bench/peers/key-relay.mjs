// A bare page whose Enter key is handed over by WebSocket and written to a TCP port: `key-relay.mjs PORT`.
// Prints the page's address.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';

const socket = connect({ port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true });
const page = `<!doctype html><input><script>
const link = new WebSocket('ws://' + location.host);
document.querySelector('input').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') link.send(event.target.value);
});
</script>`;
const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page));
new WebSocketServer({ server }).on('connection', (link) => link.on('message', (data) => socket.write(data)));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
