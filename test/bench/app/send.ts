import { clientOf, openConsole } from './console-session.ts';

// A console session that sends a file, recording it as it goes: `send.mjs FOLDER PORT FILE`.
const [folder = '', port = '', path = ''] = process.argv.slice(2);
const service = openConsole(folder);
const { id } = await service.open(clientOf(Number(port)));
while (service.tab(id).snapshot().state.kind !== 'open') await new Promise((resolve) => setTimeout(resolve, 1));
const sent = await service
  .session(id)
  .sendFile('all', { path, signal: new AbortController().signal, onProgress: () => undefined });
service.session(id).endSending('all');
await service.session(id).allClosed();
await service.dispose();
console.log(JSON.stringify({ sent }));
