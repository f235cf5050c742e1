import { MOST_FILE_BYTES } from '../../../src-main/api/contract/terminal.ts';
import { writeOrReplace } from '../../files/write-or-replace.ts';
import { client } from '../../state/client.svelte.ts';

export interface FileProgress {
  readonly name: string;
  readonly sentBytes: number;
  readonly totalBytes: number;
}

/**
 * Sends one dropped file to the device's home folder and gives its path there, or null when one of that name shall
 * stay. Half of the progress is the way to the app, the other half the way to the device.
 */
export async function sendDroppedFile(
  file: File,
  deviceId: string,
  onProgress: (progress: FileProgress) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const { name, size } = file;
  const id = await client.call('terminal.beginFile', { name, size });
  try {
    for (let at = 0; at < size; at += MOST_FILE_BYTES) {
      signal.throwIfAborted();
      const bytes = new Uint8Array(await file.slice(at, at + MOST_FILE_BYTES).arrayBuffer());
      await client.call('terminal.addToFile', { id, bytes });
      onProgress({ name, sentBytes: (at + bytes.length) / 2, totalBytes: size });
    }
    const send = (overwrite: boolean): Promise<string> =>
      client.call(
        'terminal.sendFile',
        { id, deviceId, overwrite },
        {
          signal,
          onProgress: ({ sentBytes }) => onProgress({ name, sentBytes: (size + sentBytes) / 2, totalBytes: size }),
        },
      );
    return await writeOrReplace(send, { title: `Replace ${name} on the device?` });
  } finally {
    await client.call('terminal.dropFile', { id });
  }
}
