// For hundreds of apps that people rely on: nothing of it stands in one zone alone, and the loss of any one process goes unnoticed.
using '../main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param masterKey = readEnvironmentVariable('ROOTCX_MASTER_KEY', '')
param jwtSecret = readEnvironmentVariable('ROOTCX_JWT_SECRET', '')
param supervisorImage = readEnvironmentVariable('SUPERVISOR_IMAGE', '')

param apiInstanceMemory = 4096
param apiMostInstances = 60
param apiAlwaysReady = 3
param connectionsPerProcess = 20

param supervisorLeastReplicas = 3
param supervisorMostReplicas = 20
param supervisorCores = '4'

param postgresSku = 'Standard_D8ds_v5'
param postgresTier = 'GeneralPurpose'
param postgresStorage = 512
param postgresBackupDays = 35

param zoneRedundant = true
param logDays = 90
param logDailyGigabytes = -1
