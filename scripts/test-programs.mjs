// Installs what all tests run, so that suites that start at once need not wait for each other's apt.
import { ensureLabPrograms, ensurePrograms } from './ensure-programs.mjs';

ensurePrograms();
ensureLabPrograms();
