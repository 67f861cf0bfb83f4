module.exports = {
  apps: [
    { name: 'api', script: 'app.js', env: { TOKEN: 'hidden-debris' } },
";
  ],
};
;"
