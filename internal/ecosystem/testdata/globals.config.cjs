module.exports = { apps: [{ name: Object.getOwnPropertyNames(globalThis).sort().join(' '), script: 'app.js' }] };
