// Everything that the platform is made of on Azure. One resource group, one network; the README beside this file says which module is what.
targetScope = 'subscription'

@description('Name of this installation, 2 to 20 of a-z, 0-9 and dashes: part of the names of all that is made.')
@minLength(2)
@maxLength(20)
param environmentName string

@description('Azure region for everything. It must offer the Flex Consumption plan: az functionapp list-flexconsumption-locations.')
param location string

@description('Tags of every resource, besides the environment\'s name.')
param tags object = {}

@description('Master key under which all secrets of apps are encrypted: 64 hex digits. Needed the first time; empty later, then the vault\'s stays as it is.')
@secure()
param masterKey string = ''

@description('Secret that access tokens are signed with: 32 bytes or more. Needed the first time; empty later, then the vault\'s stays as it is.')
@secure()
param jwtSecret string = ''

@description('Image of the supervisor, with tag or digest. Empty while none has been pushed: the container app is then made without a replica.')
param supervisorImage string = ''

@description('Address space of the network, a /22 or larger: four subnets are cut from it.')
param networkAddressSpace string = '10.60.0.0/22'

@description('Memory of one instance of the API, in MB.')
@allowed([512, 2048, 4096])
param apiInstanceMemory int = 2048

@description('Most instances of the API. Azure takes 40 to 1000; each of them has a pool of connections to PostgreSQL.')
@minValue(40)
@maxValue(1000)
param apiMostInstances int = 40

@description('Instances of the API that are always up, so that nobody waits for a cold start; two or more across zones.')
@minValue(0)
@maxValue(20)
param apiAlwaysReady int = 1

@description('Most connections to PostgreSQL that one process of the platform opens. Beside these, each app may have Apps__ConnectionLimit.')
@minValue(5)
@maxValue(200)
param connectionsPerProcess int = 8

@description('Replicas of the supervisor that run at the least. With two or more, apps survive the loss of one.')
@minValue(1)
@maxValue(100)
param supervisorLeastReplicas int = 1

@description('Replicas of the supervisor that run at the most.')
@minValue(1)
@maxValue(100)
param supervisorMostReplicas int = 3

@description('Processor cores of a replica, such as 2. On the Consumption profile memory is twice that in GiB, and 4 cores are the most.')
@allowed(['1', '2', '4'])
param supervisorCores string = '2'

@description('Compute size of PostgreSQL, such as Standard_B2s or Standard_D4ds_v5.')
param postgresSku string = 'Standard_B2s'

@description('Tier that the compute size belongs to.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param postgresTier string = 'Burstable'

@description('Disk of PostgreSQL, in GiB; it grows by itself when it is nearly full, and never shrinks.')
@allowed([32, 64, 128, 256, 512, 1024, 2048])
param postgresStorage int = 32

@description('Days that backups of PostgreSQL are kept.')
@minValue(7)
@maxValue(35)
param postgresBackupDays int = 7

@description('Whether everything is spread over several zones of the region, with a standby of PostgreSQL in another one. Not with Burstable, and not in every region.')
param zoneRedundant bool = false

@description('Days that logs and telemetry are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 30

@description('Most telemetry that is taken in a day, in GB; -1 for no limit.')
param logDailyGigabytes int = 2

@description('Origins whose pages may call the API, such as https://tools.example.com or https://*.example.com.')
param allowedOrigins array = []

var allTags = union(tags, { 'azd-env-name': environmentName })
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { environmentName: environmentName, location: location, tags: allTags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: allTags
    retentionDays: logDays
    dailyGigabytes: logDailyGigabytes
  }
}

module network 'modules/network.bicep' = {
  scope: group
  params: { environmentName: environmentName, location: location, tags: allTags, addressSpace: networkAddressSpace }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    endpointSubnetId: network.outputs.endpointSubnetId
    blobZoneId: network.outputs.blobZoneId
    queueZoneId: network.outputs.queueZoneId
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: allTags
    masterKey: masterKey
    jwtSecret: jwtSecret
    endpointSubnetId: network.outputs.endpointSubnetId
    zoneId: network.outputs.vaultZoneId
  }
}

module registry 'modules/registry.bicep' = {
  scope: group
  params: { name: 'cr${token}', location: location, tags: allTags }
}

module postgres 'modules/postgres.bicep' = {
  scope: group
  params: {
    name: 'psql-${token}'
    location: location
    tags: allTags
    sku: postgresSku
    tier: postgresTier
    storageGigabytes: postgresStorage
    backupDays: postgresBackupDays
    zoneRedundant: zoneRedundant
    subnetId: network.outputs.postgresSubnetId
    zoneId: network.outputs.postgresZoneId
    platformIdentityName: identities.outputs.database.name
    platformIdentityPrincipalId: identities.outputs.database.principalId
  }
}

module access 'modules/access.bicep' = {
  scope: group
  params: {
    apiPrincipalId: identities.outputs.api.principalId
    supervisorPrincipalId: identities.outputs.supervisor.principalId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    registryName: registry.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

// Both hosts sign in to PostgreSQL as one role, since what one of them makes there the other has to use.
var database = 'Host=${postgres.outputs.host};Port=5432;Database=${postgres.outputs.databaseName};Username=${identities.outputs.database.name};SSL Mode=VerifyFull;Maximum Pool Size=${connectionsPerProcess}'

module api 'modules/api.bicep' = {
  scope: group
  params: {
    name: 'func-${token}'
    planName: 'plan-${token}'
    location: location
    tags: allTags
    instanceMemory: apiInstanceMemory
    mostInstances: apiMostInstances
    alwaysReady: apiAlwaysReady
    zoneRedundant: zoneRedundant
    subnetId: network.outputs.apiSubnetId
    identity: identities.outputs.api
    databaseIdentity: identities.outputs.database
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    database: database
    masterKeyUri: vault.outputs.masterKeyUri
    jwtSecretUri: vault.outputs.jwtSecretUri
    insightsName: monitoring.outputs.insightsName
    allowedOrigins: allowedOrigins
  }
  dependsOn: [access]
}

module supervisor 'modules/supervisor.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: allTags
    image: supervisorImage
    registryServer: registry.outputs.server
    leastReplicas: supervisorLeastReplicas
    mostReplicas: supervisorMostReplicas
    cores: supervisorCores
    zoneRedundant: zoneRedundant
    subnetId: network.outputs.supervisorSubnetId
    identity: identities.outputs.supervisor
    databaseIdentity: identities.outputs.database
    storageName: storage.outputs.name
    database: database
    masterKeyUri: vault.outputs.masterKeyUri
    jwtSecretUri: vault.outputs.jwtSecretUri
    apiUrl: api.outputs.url
    workspaceName: monitoring.outputs.workspaceName
    insightsName: monitoring.outputs.insightsName
  }
  dependsOn: [access]
}

@description('Resource group of all of it.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Where azd pushes the supervisor\'s image to.')
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.server

@description('Base address of the API.')
output API_URL string = api.outputs.url

@description('Name of the Function App, for func azure functionapp publish.')
output API_NAME string = api.outputs.name

@description('Name of the supervisor\'s container app.')
output SUPERVISOR_NAME string = supervisor.outputs.name

@description('Name of the vault that holds the platform\'s keys. Once this is known, the keys are there.')
output AZURE_VAULT_NAME string = vault.outputs.name
