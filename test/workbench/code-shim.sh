#!/usr/bin/env bash
# What @vscode/test-electron starts in the place of VS Code's executable.
cd "$(dirname "$0")/../.."
exec node --import tsx test/workbench/code-shim.ts "$@"
