#!/usr/bin/env -S node --initial-old-space-size=256
import { runProgram } from './frame/program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
