// For trying it out and for a few dozen apps: one of everything.
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param masterKey = readEnvironmentVariable('ROOTCX_MASTER_KEY', '')
param jwtSecret = readEnvironmentVariable('ROOTCX_JWT_SECRET', '')
param supervisorImage = readEnvironmentVariable('SUPERVISOR_IMAGE', '')

param apiInstanceMemory = 2048
param apiMostInstances = 40
param apiAlwaysReady = 1
param connectionsPerProcess = 8

param supervisorLeastReplicas = 1
param supervisorMostReplicas = 3
param supervisorCores = '2'

param postgresSku = 'Standard_B2s'
param postgresTier = 'Burstable'
param postgresStorage = 32
param postgresBackupDays = 7

param zoneRedundant = false
param logDays = 30
param logDailyGigabytes = 2
