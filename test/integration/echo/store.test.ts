import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EchoReport } from '../../../src-main/echo/index.ts';
import { optionsFor, serve, world, type World } from './support.ts';

async function afterOneRun(): Promise<World & { report: EchoReport }> {
  const { port } = await serve((socket) => socket.pipe(socket));
  const made = await world();
  return { ...made, report: await made.service.run(optionsFor(port)) };
}

const exportTo = (path: string, overwrite = false) => ({ path, overwrite, signal: new AbortController().signal });

test('a finished run is listed without its plots, and read back whole', async () => {
  const { service, report } = await afterOneRun();
  const { histogram: _histogram, timeline: _timeline, ...summary } = report;
  expect(await service.store.list()).toEqual([summary]);
  expect(await service.store.get(report.id)).toEqual(report);
});

test('the CSV has every round of the run, and an existing file is only replaced on request', async () => {
  const { service, folder, report } = await afterOneRun();
  const path = join(folder, 'run.csv');
  const size = await service.store.exportCsv(report.id, exportTo(path));
  const text = await readFile(path, 'utf8');
  expect(Buffer.byteLength(text)).toBe(size);
  const rows = text.trimEnd().split('\r\n');
  expect(rows[0]).toBe('round,sent_ms,round_trip_ms,result');
  expect(rows.slice(1).map((row) => row.replace(/\d+\.\d+/g, 'n'))).toEqual(
    Array.from({ length: 20 }, (_, index) => `${index + 1},n,n,matched`),
  );
  await expect(service.store.exportCsv(report.id, exportTo(path))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  expect(await service.store.exportCsv(report.id, exportTo(path, true))).toBe(size);
  await expect(service.store.exportCsv(report.id, exportTo(join(folder, 'no/such')))).rejects.toMatchObject({
    code: 'CANNOT_WRITE',
  });
});

test('a run that cannot be stored is not lost: it says why, with what was measured', async () => {
  const { port } = await serve((socket) => socket.pipe(socket));
  const { service, folder } = await world();
  // As on a disk that gave up: nothing can be written where its runs are.
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
  expect(await service.run(optionsFor(port))).toMatchObject({
    status: 'finished',
    counts: { matched: 20 },
    problem: { during: 'record' },
  });
});

test('a deleted run is gone with its rounds, and says so', async () => {
  const { service, folder, report } = await afterOneRun();
  await service.store.delete(report.id);
  expect(await readdir(folder)).toEqual([]);
  await expect(service.store.get(report.id)).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
});

test('no id leads out of the folder', async () => {
  const { service } = await world();
  await expect(service.store.get('../../etc/passwd')).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
  await expect(service.store.delete('../x')).rejects.toMatchObject({ code: 'NO_SUCH_RUN' });
});

test('the oldest runs make room', async () => {
  const { service, folder, report } = await afterOneRun();
  const rounds = { sentAt: new Float64Array(0), rtt: new Float32Array(0), fate: new Uint8Array(0) };
  const ids = Array.from({ length: 42 }, (_, n) => `20990101T0000${String(n).padStart(2, '0')}-abcdef`);
  for (const id of ids) await service.store.save({ ...report, id }, rounds);
  expect((await service.store.list()).map(({ id }) => id)).toEqual(ids.reverse().slice(0, 40));
  expect(await readdir(folder)).toHaveLength(80);
});

test('a file that cannot be understood hides no other run', async () => {
  const { service, folder, report } = await afterOneRun();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '20200101T000000-aaaaaa.json'), '{"id": 1');
  await writeFile(join(folder, '20200101T000000-bbbbbb.json'), '{}');
  expect((await service.store.list()).map(({ id }) => id)).toEqual([report.id]);
});

test('a run whose rounds are gone keeps its figures and says what is missing', async () => {
  const { service, folder, report } = await afterOneRun();
  await rm(join(folder, `${report.id}.rounds`));
  expect((await service.store.get(report.id)).counts.matched).toBe(20);
  await expect(service.store.rounds(report.id)).rejects.toMatchObject({ code: 'RUN_DAMAGED' });
});
