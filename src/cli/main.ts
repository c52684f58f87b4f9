#!/usr/bin/env node
import { runProgram } from './frame/program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
