module.exports = {
<<<<<<< HEAD
  apps: [{ name: 'api', script: 'app.js', env: { TOKEN: 'hidden-merge' } }],
=======
  apps: [],
>>>>>>> main
};
