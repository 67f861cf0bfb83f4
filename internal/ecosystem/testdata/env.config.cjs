module.exports = { apps: [{ name: Object.keys(process.env).sort().join(' '), script: 'app.js', cwd: process.cwd() }] };
