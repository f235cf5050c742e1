#!/usr/bin/env node
import { resolve } from 'node:path';
import { runProcess } from './run-process.ts';

process.exitCode = await runProcess(process.argv.slice(2), { outDir: resolve(import.meta.dirname, '..') });
