console.error('The command line comes with a later version.');
process.exitCode = 1;
