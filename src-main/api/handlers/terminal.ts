import type { DroppedFiles, TerminalService } from '../../terminal/index.ts';
import type { terminalCalls } from '../contract/terminal.ts';
import type { Part } from '../definition.ts';

export interface TerminalServices {
  readonly terminals: TerminalService;
  readonly files: DroppedFiles;
}

export function terminalPart({ terminals, files }: TerminalServices): Part<typeof terminalCalls> {
  return {
    handlers: {
      'terminal.open': ({ deviceId, program, ...size }) => terminals.open(deviceId, program, size),
      'terminal.read': ({ id, from }, { signal }) => terminals.read(id, from, signal),
      'terminal.write': async ({ id, bytes }) => {
        await terminals.write(id, bytes);
        return null;
      },
      'terminal.resize': ({ id, ...size }) => {
        terminals.resize(id, size);
        return null;
      },
      'terminal.close': async ({ id }) => {
        await terminals.close(id);
        return null;
      },
      'terminal.beginFile': ({ name, size }) => files.begin(name, size),
      'terminal.addToFile': async ({ id, bytes }) => {
        await files.add(id, bytes);
        return null;
      },
      'terminal.sendFile': ({ id, deviceId, overwrite }, { signal, progress }) =>
        files.send(id, deviceId, { overwrite, signal, onProgress: progress }),
      'terminal.dropFile': async ({ id }) => {
        await files.drop(id);
        return null;
      },
    },
  };
}
