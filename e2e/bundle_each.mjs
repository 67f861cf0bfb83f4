// Bundles functions directories with Netlify's own bundler into a folder, the
// first argument, and prints a line for each of the others: "taken", or
// "refused" and why. One process for all, since starting Node costs more than
// bundling. What it writes is left: after a refusal others are still written.
import { zipFunctions } from '@netlify/zip-it-and-ship-it'
import { join } from 'node:path'

const [out, ...dirs] = process.argv.slice(2)
for (const [i, dir] of dirs.entries()) {
  try {
    await zipFunctions(dir, join(out, String(i)), { config: { '*': { nodeBundler: 'esbuild' } } })
    console.log('taken')
  } catch (error) {
    console.log('refused ' + String(error.message).replaceAll(/\s+/g, ' '))
  }
}
